// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace lookout {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/** The only source of time in the product, so that a test can stand in its own. */
class Clock {
 public:
  virtual ~Clock() = default;
  /** Monotonic, for intervals and deadlines. */
  virtual TimePoint Now() const = 0;
  /** Wall clock, milliseconds since 1970 UTC; may jump. */
  virtual int64_t UnixMillis() const = 0;
  int64_t UnixSeconds() const { return UnixMillis() / 1000; }
};

class SystemClock final : public Clock {
 public:
  TimePoint Now() const override;
  int64_t UnixMillis() const override;
};

}  // namespace lookout
