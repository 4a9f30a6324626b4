// SPDX-License-Identifier: Apache-2.0
#include "base/JsonWriter.hxx"

#include <array>
#include <charconv>
#include <cmath>

#include "base/JsonText.hxx"

namespace lookout {

namespace {

template <typename Number>
void AppendNumber(std::string &out, Number value) {
  std::array<char, 32> buffer{};
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  out.append(buffer.data(), result.ptr);
}

}  // namespace

void JsonWriter::BeforeValue() {
  if (need_comma_) text_ += ',';
  need_comma_ = true;
}

JsonWriter &JsonWriter::BeginObject() {
  BeforeValue();
  text_ += '{';
  open_ += '}';
  need_comma_ = false;
  return *this;
}

JsonWriter &JsonWriter::BeginArray() {
  BeforeValue();
  text_ += '[';
  open_ += ']';
  need_comma_ = false;
  return *this;
}

JsonWriter &JsonWriter::End() {
  text_ += open_.back();
  open_.pop_back();
  need_comma_ = true;
  return *this;
}

JsonWriter &JsonWriter::Key(std::string_view key) {
  BeforeValue();
  AppendJsonString(text_, key);
  text_ += ':';
  need_comma_ = false;
  return *this;
}

JsonWriter &JsonWriter::String(std::string_view value) {
  BeforeValue();
  AppendJsonString(text_, value);
  return *this;
}

JsonWriter &JsonWriter::Int(int64_t value) {
  BeforeValue();
  AppendNumber(text_, value);
  return *this;
}

JsonWriter &JsonWriter::Uint(uint64_t value) {
  BeforeValue();
  AppendNumber(text_, value);
  return *this;
}

JsonWriter &JsonWriter::Double(double value) {
  if (!std::isfinite(value)) return Null();
  BeforeValue();
  AppendNumber(text_, value);
  return *this;
}

JsonWriter &JsonWriter::Bool(bool value) {
  return Raw(value ? "true" : "false");
}

JsonWriter &JsonWriter::Null() {
  return Raw("null");
}

JsonWriter &JsonWriter::Raw(std::string_view json) {
  BeforeValue();
  text_ += json;
  return *this;
}

JsonWriter &JsonWriter::OptionalMember(std::string_view key, std::string_view value) {
  return value.empty() ? *this : Member(key, value);
}

}  // namespace lookout
