// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace lookout {

/**
 * Writes one JSON text from front to back; commas are its business, balance is the caller's. Strings may
 * hold any bytes (see AppendJsonString). Use:
 *
 *   JsonWriter json;
 *   json.BeginObject().Key("type").String("pong").Key("data").BeginObject().Key("timestamp").Int(7).End().End();
 *   json.Take();  // {"type":"pong","data":{"timestamp":7}}
 */
class JsonWriter {
 public:
  JsonWriter() = default;
  /** Continues `prefix`, which then stands in front of the text. */
  explicit JsonWriter(std::string prefix) : text_(std::move(prefix)) {}

  JsonWriter &BeginObject();
  JsonWriter &BeginArray();
  /** Closes the innermost object or array. */
  JsonWriter &End();
  JsonWriter &Key(std::string_view key);
  JsonWriter &String(std::string_view value);
  JsonWriter &Int(int64_t value);
  JsonWriter &Uint(uint64_t value);
  /** The shortest text that reads back as the same value; NaN and infinities become null. */
  JsonWriter &Double(double value);
  JsonWriter &Bool(bool value);
  JsonWriter &Null();
  /** `json` is one value, already valid JSON and valid UTF-8. */
  JsonWriter &Raw(std::string_view json);

  /** A member in one call. */
  JsonWriter &Member(std::string_view key, std::string_view value) { return Key(key).String(value); }
  /** The same, but nothing at all for an empty value. */
  JsonWriter &OptionalMember(std::string_view key, std::string_view value);

  const std::string &Text() const { return text_; }
  std::string Take() { return std::move(text_); }

 private:
  void BeforeValue();

  std::string text_;
  std::string open_;  // the closing brackets still owed
  bool need_comma_ = false;
};

}  // namespace lookout
