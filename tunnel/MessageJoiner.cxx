// SPDX-License-Identifier: Apache-2.0
#include "tunnel/MessageJoiner.hxx"

namespace lookout {

namespace {

/** Room that is kept for the next message; what a larger one took is given back. */
constexpr size_t kKeptCapacity = 256 * 1024;

}  // namespace

bool MessageJoiner::Fits(size_t piece, size_t announced) const {
  const size_t held = is_complete_ ? 0 : pieces_.size();
  return piece <= limit_ - held && announced <= limit_ - held - piece;
}

std::optional<std::string_view> MessageJoiner::Add(std::string_view piece, bool is_last) {
  if (is_complete_) {
    is_complete_ = false;
    if (pieces_.capacity() > kKeptCapacity) pieces_ = std::string();
    pieces_.clear();
  }
  if (is_last && pieces_.empty()) return piece;
  pieces_ += piece;
  if (!is_last) return std::nullopt;
  is_complete_ = true;
  return pieces_;
}

}  // namespace lookout
