// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.hxx"

namespace lookout {

struct JsonMember;

/**
 * One JSON value as it was read. Every value knows its own text, so that a part of a message can be passed on
 * byte for byte; numbers are kept as text only, so that none is rounded.
 *
 * Lifetime: the views point into the text given to ParseJson(), which must outlive the value.
 */
class JsonValue {
 public:
  enum class Kind { Null, Bool, Number, String, Array, Object };

  Kind GetKind() const { return kind_; }
  bool IsNull() const { return kind_ == Kind::Null; }
  bool IsObject() const { return kind_ == Kind::Object; }
  bool IsArray() const { return kind_ == Kind::Array; }
  bool IsString() const { return kind_ == Kind::String; }
  bool IsNumber() const { return kind_ == Kind::Number; }

  /** The value's own bytes in the source. */
  std::string_view Raw() const { return raw_; }

  /** The decoded text of a string, else "". */
  const std::string &AsString() const { return string_; }
  std::optional<bool> AsBool() const;
  /** A JSON integer within int64 (no fraction, no exponent), else nullopt. */
  std::optional<int64_t> AsInt() const;
  /** AsInt(), or a string that holds an integer; for fields whose type differs between peers. */
  std::optional<int64_t> AsLooseInt() const;
  std::optional<double> AsDouble() const;

  /** The elements of an array, else none. */
  const std::vector<JsonValue> &Items() const { return items_; }
  /** The members of an object in their order, else none. Of duplicate keys all are here, and Find() takes the last. */
  const std::vector<JsonMember> &Members() const { return members_; }

  /** The member with this key: an exact match, or else one that differs in ASCII case only; nullptr if none. */
  const JsonValue *Find(std::string_view key) const;
  /** Find(), with a null value when there is none, so that look-ups can be chained. */
  const JsonValue &operator[](std::string_view key) const;

 private:
  friend class JsonTreeBuilder;
  Kind kind_ = Kind::Null;
  bool bool_ = false;
  std::string_view raw_;
  std::string string_;
  std::vector<JsonValue> items_;
  std::vector<JsonMember> members_;
};

struct JsonMember {
  std::string key;
  JsonValue value;
};

struct JsonLimits {
  /** Containers below this level keep only their raw text (1: the root's members are there, theirs are not). */
  unsigned levels = kMaxDepth;
  /** Values built before the parse is refused, so that a peer cannot make us allocate without bound. */
  size_t max_values = 200'000;

  static constexpr unsigned kMaxDepth = 64;
};

/**
 * Parses exactly one JSON value (RFC 8259) with nothing but white space around it. Refused: nesting over 64,
 * invalid UTF-8, more than `max_values` values. Safe for hostile input; the whole text is checked even where
 * no tree is built.
 */
Result<JsonValue> ParseJson(std::string_view text, JsonLimits limits = {});

/** What a receiver that reads JSON numbers as IEEE doubles would make of a text. */
enum class JsonFidelity {
  NotJson,   // not exactly one value, or nested too deep
  Lossy,     // valid, but a number might be printed differently (beyond 2^53, over 15 digits, exponents, 1.50, -0)
  Faithful,  // valid, and every number survives as it is written
};

/** Checks a text of any size without building anything. */
JsonFidelity CheckJson(std::string_view text);

}  // namespace lookout
