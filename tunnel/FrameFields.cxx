// SPDX-License-Identifier: Apache-2.0
#include "tunnel/FrameFields.hxx"

#include <fmt/core.h>

#include "base/Utf8.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxNumber = 32;

}  // namespace

void FrameFields::Report(std::string_view key, std::string_view expected) {
  if (problem_.empty()) problem_ = fmt::format("\"{}\" must be {}", key, expected);
}

std::string FrameFields::String(std::string_view key) {
  const JsonValue &value = data_[key];
  if (!value.IsString() && !value.IsNull()) Report(key, "a string");
  return value.AsString();
}

bool FrameFields::IsId(std::string_view text) {
  return text.size() <= kMaxId && IsValidUtf8(text);
}

std::string FrameFields::Id(std::string_view key) {
  std::string value = String(key);
  if (!IsId(value)) Report(key, "at most 1 KiB of text without half a surrogate pair");
  return value;
}

std::string FrameFields::RequiredId(std::string_view key) {
  std::string value = Id(key);
  if (value.empty()) Report(key, "a string that is not empty");
  return value;
}

std::vector<std::string> FrameFields::Strings(std::string_view key) {
  std::vector<std::string> strings;
  const JsonValue &value = data_[key];
  if (value.IsNull()) return strings;
  // The frame is decoded two levels deep; what is inside an array is the third.
  const auto parsed = ParseJson(value.Raw(), {.levels = 1});
  if (!parsed || !parsed->IsArray()) {
    Report(key, "an array of strings");
    return strings;
  }
  for (const auto &item : parsed->Items()) {
    if (!item.IsString()) Report(key, "an array of strings");
    strings.push_back(item.AsString());
  }
  return strings;
}

bool FrameFields::Bool(std::string_view key, bool fallback) {
  const JsonValue &value = data_[key];
  if (value.IsNull()) return fallback;
  const auto flag = value.AsBool();
  if (!flag) Report(key, "true or false");
  return flag.value_or(fallback);
}

std::optional<int64_t> FrameFields::Int(std::string_view key) {
  const JsonValue &value = data_[key];
  if (value.IsNull()) return std::nullopt;
  const auto number = value.AsLooseInt();
  if (!number) Report(key, "an integer");
  return number;
}

std::string FrameFields::StringOrInt(std::string_view key) {
  const JsonValue &value = data_[key];
  const auto number = value.AsInt();
  return number ? std::to_string(*number) : String(key);
}

std::string FrameFields::NumberText(std::string_view key) {
  const JsonValue &value = data_[key];
  if (value.IsNull()) return "0";
  if (!value.IsNumber() || value.Raw().size() > kMaxNumber) Report(key, "a number");
  return std::string(value.Raw());
}

}  // namespace lookout
