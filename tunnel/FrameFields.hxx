// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/JsonValue.hxx"

namespace lookout {

/**
 * Reads the members of a frame's data with the peer's own tolerance: a missing member and null both give the
 * zero value, a member of the wrong type makes the whole frame invalid. The first problem is remembered.
 */
class FrameFields {
 public:
  static constexpr size_t kMaxId = 1024;

  explicit FrameFields(const JsonValue &data) : data_(data) {}

  /** Whether a text can stand in a frame of ours as it came; JSON may hold half a surrogate pair, UTF-8 may not. */
  static bool IsId(std::string_view text);

  std::string String(std::string_view key);
  /** An id or a name, which comes back in frames of ours: at most kMaxId bytes of UTF-8. */
  std::string Id(std::string_view key);
  /** An id that must be there and must not be empty. */
  std::string RequiredId(std::string_view key);
  std::vector<std::string> Strings(std::string_view key);
  bool Bool(std::string_view key, bool fallback);
  /** A JSON integer or a string that holds one (peers differ). */
  std::optional<int64_t> Int(std::string_view key);
  /** A string, or a JSON integer as its text. */
  std::string StringOrInt(std::string_view key);
  /** Any number of at most 32 characters, as it was written. */
  std::string NumberText(std::string_view key);

  const JsonValue &operator[](std::string_view key) const { return data_[key]; }
  void Report(std::string_view key, std::string_view expected);
  /** "" as long as all is well. */
  const std::string &Problem() const { return problem_; }

 private:
  const JsonValue &data_;
  std::string problem_;
};

}  // namespace lookout
