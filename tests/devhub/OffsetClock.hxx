// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "base/Clock.hxx"

namespace lookout::devhub {

/** The system's clock, its wall time wrong by a constant. */
class OffsetClock final : public Clock {
 public:
  explicit OffsetClock(std::chrono::seconds offset) : offset_(offset) {}
  TimePoint Now() const override { return system_.Now(); }
  int64_t UnixMillis() const override { return system_.UnixMillis() + offset_ / std::chrono::milliseconds(1); }
  void SetOffset(std::chrono::seconds offset) { offset_ = offset; }

 private:
  SystemClock system_;
  std::chrono::seconds offset_;
};

}  // namespace lookout::devhub
