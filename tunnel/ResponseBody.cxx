// SPDX-License-Identifier: Apache-2.0
#include "tunnel/ResponseBody.hxx"

#include "base/JsonValue.hxx"
#include "base/Strings.hxx"
#include "base/Utf8.hxx"

namespace lookout {

BodyForm ClassifyBody(std::string_view body) {
  if (body.empty()) return BodyForm::Empty;
  const auto text = Trim(body);
  // A bare string, number or null would reach the asker as something else than it was.
  const bool is_container = text.starts_with('{') || text.starts_with('[');
  if (is_container && CheckJson(body) == JsonFidelity::Faithful) return BodyForm::Json;
  return IsValidUtf8(body) ? BodyForm::Text : BodyForm::Binary;
}

void WriteResponseHead(JsonWriter &json, const ResponseHead &head) {
  json.Key("statusCode").Int(head.status).Key("headers").BeginObject();
  for (const auto &field : head.headers) {
    const std::string_view name = field.name;
    if (EqualsIgnoreCase(name, "Content-Length") || EqualsIgnoreCase(name, "Transfer-Encoding")) continue;
    // The first of several stands for all of them.
    if (head.headers.Find(name) == &field.value) json.Member(name, head.headers.Joined(name).value_or(""));
  }
  json.End();
  const std::string *const type = head.headers.Find("Content-Type");
  json.OptionalMember("contentType", type != nullptr ? *type : "");
}

}  // namespace lookout
