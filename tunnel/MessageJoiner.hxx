// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace lookout {

/** Puts the pieces of an incoming message together, up to a limit. */
class MessageJoiner {
 public:
  explicit MessageJoiner(size_t limit) : limit_(limit) {}

  /** Whether `piece` and `announced` bytes that are known to follow it still fit. */
  bool Fits(size_t piece, size_t announced) const;
  /** Takes a piece that fits; the whole message when it was the last, valid until the next call. */
  std::optional<std::string_view> Add(std::string_view piece, bool is_last);

 private:
  const size_t limit_;
  std::string pieces_;
  bool is_complete_ = false;  // pieces_ is the message handed out last
};

}  // namespace lookout
