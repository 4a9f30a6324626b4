// SPDX-License-Identifier: Apache-2.0
#include "base/JsonValue.hxx"

#include <charconv>

#include <fmt/core.h>

#include "base/JsonReader.hxx"
#include "base/JsonScan.hxx"
#include "base/Strings.hxx"

namespace lookout {

std::optional<bool> JsonValue::AsBool() const {
  return kind_ == Kind::Bool ? std::optional(bool_) : std::nullopt;
}

std::optional<int64_t> JsonValue::AsInt() const {
  return kind_ == Kind::Number ? ParseInt(raw_) : std::nullopt;
}

std::optional<int64_t> JsonValue::AsLooseInt() const {
  return kind_ == Kind::String ? ParseInt(string_) : AsInt();
}

std::optional<double> JsonValue::AsDouble() const {
  if (kind_ != Kind::Number) return std::nullopt;
  double value = 0;
  const auto [end, error] = std::from_chars(raw_.data(), raw_.data() + raw_.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

const JsonValue *JsonValue::Find(std::string_view key) const {
  const JsonValue *folded = nullptr;
  for (auto member = members_.rbegin(); member != members_.rend(); ++member) {
    if (member->key == key) return &member->value;
    if (folded == nullptr && EqualsIgnoreCase(member->key, key)) folded = &member->value;
  }
  return folded;
}

const JsonValue &JsonValue::operator[](std::string_view key) const {
  static const JsonValue null;
  const JsonValue *const found = Find(key);
  return found != nullptr ? *found : null;
}

/** Turns the reader's events into a tree. */
class JsonTreeBuilder final : public JsonEvents {
 public:
  explicit JsonTreeBuilder(JsonLimits limits) : limits_(limits) {}

  bool OnScalar(JsonScalar kind, std::string_view text, std::string_view raw) override {
    JsonValue *const value = NewValue();
    if (value == nullptr) return !overflow_;
    value->raw_ = raw;
    switch (kind) {
      case JsonScalar::Null: value->kind_ = JsonValue::Kind::Null; break;
      case JsonScalar::True:
      case JsonScalar::False:
        value->kind_ = JsonValue::Kind::Bool;
        value->bool_ = kind == JsonScalar::True;
        break;
      case JsonScalar::Number: value->kind_ = JsonValue::Kind::Number; break;
      case JsonScalar::String:
        value->kind_ = JsonValue::Kind::String;
        value->string_ = text;
        break;
    }
    return true;
  }

  bool OnKey(std::string_view key) override {
    if (skipped_ == 0) key_ = key;
    return true;
  }

  bool OnOpen(bool is_object) override {
    if (skipped_ > 0) {
      ++skipped_;
      return true;
    }
    JsonValue *const value = NewValue();
    if (value == nullptr) return false;
    value->kind_ = is_object ? JsonValue::Kind::Object : JsonValue::Kind::Array;
    if (open_.size() >= limits_.levels) {
      skipped_ = 1;
      opaque_ = value;
    } else {
      open_.push_back(value);
    }
    return true;
  }

  bool OnClose(std::string_view raw) override {
    if (skipped_ > 0) {
      if (--skipped_ == 0) opaque_->raw_ = raw;
      return true;
    }
    open_.back()->raw_ = raw;
    open_.pop_back();
    return true;
  }

  bool Overflowed() const { return overflow_; }
  JsonValue Take() { return std::move(root_); }

 private:
  /** Where the next value goes; nullptr inside a part that is not built, or when there are too many. */
  JsonValue *NewValue() {
    if (skipped_ > 0) return nullptr;
    if (++count_ > limits_.max_values) {
      overflow_ = true;
      return nullptr;
    }
    if (open_.empty()) return &root_;
    JsonValue &parent = *open_.back();
    if (parent.IsArray()) return &parent.items_.emplace_back();
    parent.members_.push_back({std::move(key_), {}});
    return &parent.members_.back().value;
  }

  const JsonLimits limits_;
  JsonValue root_;
  // A pointer stays valid while it is here: a container grows again only after its last open child has closed.
  std::vector<JsonValue *> open_;
  JsonValue *opaque_ = nullptr;
  unsigned skipped_ = 0;
  size_t count_ = 0;
  bool overflow_ = false;
  std::string key_;
};

Result<JsonValue> ParseJson(std::string_view text, JsonLimits limits) {
  JsonTreeBuilder builder(limits);
  const auto read = ReadJson(text, builder);
  if (builder.Overflowed()) return Fail(fmt::format("JSON has more than {} values", limits.max_values));
  if (!read) return Fail(read.error().message);
  return builder.Take();
}

namespace {

class FidelityCheck final : public JsonEvents {
 public:
  bool OnScalar(JsonScalar kind, std::string_view, std::string_view raw) override {
    if (kind == JsonScalar::Number && faithful_) faithful_ = SurvivesAsDouble(raw);
    return true;
  }
  bool OnKey(std::string_view) override { return true; }
  bool OnOpen(bool) override { return true; }
  bool OnClose(std::string_view) override { return true; }
  bool IsFaithful() const { return faithful_; }

 private:
  bool faithful_ = true;
};

}  // namespace

JsonFidelity CheckJson(std::string_view text) {
  if (IsPlainJson(text)) return JsonFidelity::Faithful;
  FidelityCheck check;
  if (!ReadJson(text, check)) return JsonFidelity::NotJson;
  return check.IsFaithful() ? JsonFidelity::Faithful : JsonFidelity::Lossy;
}

}  // namespace lookout
