// SPDX-License-Identifier: Apache-2.0
#include "tests/support/RunLoop.hxx"

namespace lookout {

bool RunUntil(EventLoop &loop, const std::function<bool()> &done, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    loop.RunOnce(std::chrono::milliseconds(20));
  }
  return true;
}

void RunFor(EventLoop &loop, std::chrono::milliseconds duration) {
  RunUntil(
      loop, [] { return false; }, duration);
}

}  // namespace lookout
