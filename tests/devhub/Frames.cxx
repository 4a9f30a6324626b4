// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/Frames.hxx"

#include <sys/random.h>

#include <array>

#include "base/Strings.hxx"

namespace lookout::devhub {

namespace {

void ReserialiseNumber(const JsonValue &value, JsonWriter &out) {
  constexpr int64_t kMaxExact = int64_t{1} << 53;
  const auto number = value.AsInt();
  if (number && *number >= -kMaxExact && *number <= kMaxExact) {
    out.Int(*number);
  } else {
    out.Double(value.AsDouble().value_or(0));
  }
}

}  // namespace

std::string MakeFrame(std::string_view type, std::string_view data) {
  JsonWriter json;
  json.BeginObject().Member("type", type).Key("data").Raw(data).End();
  return json.Take();
}

std::string MakeFrameId(int64_t unix_millis) {
  std::array<unsigned char, 16> bytes{};
  [[maybe_unused]] const auto got = ::getrandom(bytes.data(), bytes.size(), 0);
  for (size_t i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(unix_millis >> (40 - 8 * i));
  bytes[6] = static_cast<unsigned char>(0x70 | (bytes[6] & 0x0f));
  bytes[8] = static_cast<unsigned char>(0x80 | (bytes[8] & 0x3f));
  const std::string hex = ToHex({reinterpret_cast<const char *>(bytes.data()), bytes.size()});
  const std::string_view digits = hex;
  std::string id;
  for (const size_t at : {0U, 8U, 12U, 16U, 20U}) {
    if (at > 0) id += '-';
    id += digits.substr(at, at == 0 ? 8 : at == 20 ? 12 : 4);
  }
  return id;
}

std::string MakeHttpBody(const JsonValue &body) {
  if (body.IsNull()) return "";
  if (body.IsString()) return body.AsString();
  JsonWriter json;
  Reserialise(body, json);
  return json.Take();
}

void Reserialise(const JsonValue &value, JsonWriter &out) {
  switch (value.GetKind()) {
    case JsonValue::Kind::Null: out.Null(); break;
    case JsonValue::Kind::Bool: out.Bool(value.AsBool().value_or(false)); break;
    case JsonValue::Kind::Number: ReserialiseNumber(value, out); break;
    case JsonValue::Kind::String: out.String(value.AsString()); break;
    case JsonValue::Kind::Array:
      out.BeginArray();
      for (const JsonValue &item : value.Items()) Reserialise(item, out);
      out.End();
      break;
    case JsonValue::Kind::Object:
      out.BeginObject();
      for (const JsonMember &member : value.Members()) {
        out.Key(member.key);
        Reserialise(member.value, out);
      }
      out.End();
      break;
  }
}

bool IsStreamTarget(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  constexpr std::array<std::string_view, 6> kEndings = {"/logs",  "/attach",        "/events",
                                                        "/build", "/images/create", "/images/push"};
  for (const auto ending : kEndings) {
    if (path.ends_with(ending)) return true;
  }
  return path.find("/exec/") != std::string_view::npos && path.ends_with("/start");
}

}  // namespace lookout::devhub
