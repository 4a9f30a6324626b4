// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/JsonValue.hxx"
#include "base/JsonWriter.hxx"
#include "base/Utf8.hxx"
#include "tests/fuzz/RapidTree.hxx"
#include "tests/fuzz/Require.hxx"

using namespace lookout;

namespace {

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
  Require(raw.data() >= parent.data() && raw.data() + raw.size() <= parent.data() + parent.size(),
          "a value lies within its parent");
  const auto again = ParseJson(raw);
  Require(again && again->Raw() == raw && Written(*again) == Written(value), "a value's own text reads as the value");
  for (const auto &item : value.Items()) CheckRaw(item, raw);
  for (const auto &member : value.Members()) {
    CheckRaw(member.value, raw);
    Require(value.Find(member.key) != nullptr, "a member is found");
  }
}

void CheckShallow(std::string_view text, const JsonValue &full) {
  const auto shallow = ParseJson(text, {.levels = 1});
  Require(shallow && shallow->Raw() == full.Raw() && shallow->Members().size() == full.Members().size(),
          "a shallow tree has the members of the full one");
  for (size_t i = 0; i < full.Members().size(); ++i) {
    Require(shallow->Members()[i].value.Raw() == full.Members()[i].value.Raw(), "a shallow tree has the same values");
    Require(shallow->Members()[i].key == full.Members()[i].key, "a shallow tree has the same keys");
  }
}

// RapidJSON's own reading of the text is by other code than that which ReadJson() uses: recursive, into its own tree.
// Without flags it takes neither NaN and Infinity nor comments nor trailing commas, as we do not.
constexpr unsigned kTexts = rapidjson::kParseValidateEncodingFlag | rapidjson::kParseNumbersAsStringsFlag;
constexpr unsigned kNumbers = rapidjson::kParseValidateEncodingFlag | rapidjson::kParseFullPrecisionFlag;

size_t Depth(const RapidValue &value) {
  size_t deepest = 0;
  if (value.IsObject()) {
    for (const auto &member : value.GetObject()) deepest = std::max(deepest, Depth(member.value));
  } else if (value.IsArray()) {
    for (const auto &item : value.GetArray()) deepest = std::max(deepest, Depth(item));
  } else {
    return 0;
  }
  return deepest + 1;
}

/** An escape can be half a surrogate pair, which both readers let pass; the writer replaces it. */
enum class Strings { AsRead, AsWritten };

bool IsSameText(const std::string &ours, const RapidValue &theirs, Strings strings) {
  const std::string_view text(theirs.GetString(), theirs.GetStringLength());
  return text == (strings == Strings::AsRead ? ours : ReplaceInvalidUtf8(ours));
}

/** Whether RapidJSON's tree, which has numbers as strings, is ours: order, duplicates and all. */
bool IsSame(const JsonValue &ours, const RapidValue &theirs, Strings strings) {
  switch (ours.GetKind()) {
    case JsonValue::Kind::Null: return theirs.IsNull();
    case JsonValue::Kind::Bool: return theirs.IsBool() && ours.AsBool() == theirs.GetBool();
    case JsonValue::Kind::Number: return theirs.IsString() && ours.Raw() == theirs.GetString();
    case JsonValue::Kind::String: return theirs.IsString() && IsSameText(ours.AsString(), theirs, strings);
    case JsonValue::Kind::Array: {
      if (!theirs.IsArray() || theirs.Size() != ours.Items().size()) return false;
      const auto *item = theirs.Begin();
      for (const auto &own : ours.Items()) {
        if (!IsSame(own, *item++, strings)) return false;
      }
      return true;
    }
    case JsonValue::Kind::Object: break;
  }
  if (!theirs.IsObject() || theirs.MemberCount() != ours.Members().size()) return false;
  auto member = theirs.MemberBegin();
  for (const auto &own : ours.Members()) {
    if (!IsSameText(own.key, member->name, strings) || !IsSame(own.value, member->value, strings)) return false;
    ++member;
  }
  return true;
}

/** RapidJSON's conversion overflows at hostile exponents (CVE-2024-38517), and where it rounds the twentieth digit. */
bool IsSoundForRapidJson(const JsonValue &value) {
  constexpr size_t kMaxLength = 19;
  if (value.IsNumber()) return value.Raw().size() <= kMaxLength && value.Raw().find_first_of("eE") == std::string::npos;
  return std::all_of(value.Items().begin(), value.Items().end(), IsSoundForRapidJson) &&
         std::all_of(value.Members().begin(), value.Members().end(),
                     [](const auto &member) { return IsSoundForRapidJson(member.value); });
}

/** The digits that JavaScript prints for a double that it prints without an exponent. */
std::string Printed(double number) {
  std::array<char, 400> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number, std::chars_format::fixed);
  return {buffer.data(), result.ptr};
}

/** The trees are of one shape. */
void CheckNumbers(const JsonValue &ours, const RapidValue &theirs, bool is_faithful) {
  if (ours.IsNumber()) {
    Require(theirs.IsNumber() && ours.AsDouble() == theirs.GetDouble(), "both read the same double");
    Require(ours.AsInt().has_value() == theirs.IsInt64(), "both see a whole number");
    Require(!theirs.IsInt64() || ours.AsInt() == theirs.GetInt64(), "both read the same whole number");
    Require(!is_faithful || Printed(theirs.GetDouble()) == ours.Raw(), "a faithful number survives as a double");
  }
  for (size_t i = 0; i < ours.Items().size(); ++i) {
    CheckNumbers(ours.Items()[i], theirs[static_cast<rapidjson::SizeType>(i)], is_faithful);
  }
  auto member = ours.IsObject() ? theirs.MemberBegin() : RapidValue::ConstMemberIterator();
  for (const auto &own : ours.Members()) CheckNumbers(own.value, (member++)->value, is_faithful);
}

/** RapidJSON accepts what we accept and sees the same values, also in what we write; more it accepts only by depth. */
void CheckAgainstRapidJson(std::string_view text, const Result<JsonValue> &value) {
  const auto theirs = ReadRapidTree<kTexts>(text);
  if (!value) return Require(!theirs || Depth(*theirs) > JsonLimits::kMaxDepth, "RapidJSON refuses what we refuse");
  Require(theirs && Depth(*theirs) <= JsonLimits::kMaxDepth, "RapidJSON accepts what we accept");
  Require(IsSame(*value, *theirs, Strings::AsRead), "RapidJSON has the same tree");
  const auto written = ReadRapidTree<kTexts>(Written(*value));
  Require(written && IsSame(*value, *written, Strings::AsWritten), "RapidJSON has the same tree of what we write");
  if (!IsSoundForRapidJson(*value)) return;
  const auto numbers = ReadRapidTree<kNumbers>(text);
  Require(numbers.has_value(), "RapidJSON can read our numbers");
  CheckNumbers(*value, *numbers, CheckJson(text) == JsonFidelity::Faithful);
}

}  // namespace

/** The tree, its texts, the check without a tree, the writer and RapidJSON agree on any bytes. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  // The checks are quadratic; longer inputs show nothing more.
  if (size > 2000) return 0;
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const auto value = ParseJson(text);
  CheckAgainstRapidJson(text, value);
  Require(value.has_value() == (CheckJson(text) != JsonFidelity::NotJson), "the check takes what the parser takes");
  Require(value.has_value() == ParseJson(text, {.levels = 0}).has_value(), "levels do not make JSON good or bad");
  if (!value) return 0;
  Require(IsValidUtf8(text), "JSON is UTF-8");
  CheckRaw(*value, text);
  CheckShallow(text, *value);
  const std::string written = Written(*value);
  const auto again = ParseJson(written);
  Require(again && Written(*again) == written, "what was written reads as what was written");
  return 0;
}
