// SPDX-License-Identifier: Apache-2.0
#include "base/Clock.hxx"

namespace lookout {

TimePoint SystemClock::Now() const {
  return std::chrono::steady_clock::now();
}

int64_t SystemClock::UnixMillis() const {
  const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

}  // namespace lookout
