// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/Clock.hxx"

namespace lookout {

/** A clock that stands still until a test moves it. */
class FakeClock final : public Clock {
 public:
  TimePoint Now() const override { return now_; }
  int64_t UnixMillis() const override { return unix_millis_; }
  /** Moves both clocks forward. */
  void Advance(Duration step);
  /** Sets the wall clock only, as an administrator would. */
  void SetUnixSeconds(int64_t seconds) { unix_millis_ = seconds * 1000; }

 private:
  TimePoint now_ = TimePoint(std::chrono::hours(1));
  int64_t unix_millis_ = 1'749'600'000'000;
};

}  // namespace lookout
