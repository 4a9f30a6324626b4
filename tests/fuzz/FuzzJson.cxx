// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/JsonValue.hxx"
#include "base/JsonWriter.hxx"
#include "base/Utf8.hxx"

using namespace lookout;

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

void Write(const JsonValue &value, JsonWriter &json) {
  switch (value.GetKind()) {
    case JsonValue::Kind::Object:
      json.BeginObject();
      for (const auto &member : value.Members()) Write(member.value, json.Key(member.key));
      json.End();
      break;
    case JsonValue::Kind::Array:
      json.BeginArray();
      for (const auto &item : value.Items()) Write(item, json);
      json.End();
      break;
    case JsonValue::Kind::String: json.String(value.AsString()); break;
    default: json.Raw(value.Raw());
  }
}

std::string Written(const JsonValue &value) {
  JsonWriter json;
  Write(value, json);
  return json.Take();
}

/** The value's own text is one value that reads as the same, and lies within its parent's. */
void CheckRaw(const JsonValue &value, std::string_view parent) {
  const std::string_view raw = value.Raw();
  Require(raw.data() >= parent.data() && raw.data() + raw.size() <= parent.data() + parent.size());
  const auto again = ParseJson(raw);
  Require(again && again->Raw() == raw && Written(*again) == Written(value));
  for (const auto &item : value.Items()) CheckRaw(item, raw);
  for (const auto &member : value.Members()) {
    CheckRaw(member.value, raw);
    Require(value.Find(member.key) != nullptr);
  }
}

void CheckShallow(std::string_view text, const JsonValue &full) {
  const auto shallow = ParseJson(text, {.levels = 1});
  Require(shallow && shallow->Raw() == full.Raw() && shallow->Members().size() == full.Members().size());
  for (size_t i = 0; i < full.Members().size(); ++i) {
    Require(shallow->Members()[i].value.Raw() == full.Members()[i].value.Raw());
    Require(shallow->Members()[i].key == full.Members()[i].key);
  }
}

}  // namespace

/** The tree, its texts, the check without a tree, and the writer agree on any bytes. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // The checks are quadratic; longer inputs show nothing more.
  if (size > 2000) return 0;
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const auto value = ParseJson(text);
  Require(value.has_value() == (CheckJson(text) != JsonFidelity::NotJson));
  Require(value.has_value() == ParseJson(text, {.levels = 0}).has_value());
  if (!value) return 0;
  Require(IsValidUtf8(text));
  CheckRaw(*value, text);
  CheckShallow(text, *value);
  const std::string written = Written(*value);
  const auto again = ParseJson(written);
  Require(again && Written(*again) == written);
  return 0;
}
