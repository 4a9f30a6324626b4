// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace lookout {

/**
 * Unpredictable bytes for those who need a few of them often: fetched from the kernel many at a time, because a system
 * call for each few would be noticed. Each byte is given out once. For one thread.
 */
class RandomPool {
 public:
  static constexpr size_t kSize = 512;

  /** Fills `out`, of at most kSize bytes. */
  void Fill(std::span<unsigned char> out);

 private:
  std::array<unsigned char, kSize> bytes_{};
  size_t left_ = 0;
};

}  // namespace lookout
