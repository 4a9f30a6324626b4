// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/Clock.hxx"

namespace lookout {

/**
 * Keeps clients that nobody knows from washing the audit trail away with refusals: in a minute, so many of them are
 * recorded for one actor and for all together; the others are only counted.
 */
class AuditThrottle {
 public:
  static constexpr unsigned kMaxOfActor = 12;
  static constexpr unsigned kMaxOfAll = 240;
  static constexpr std::chrono::minutes kWindow{1};

  explicit AuditThrottle(const Clock &clock) : clock_(clock) {}

  /** Whether one more refusal of this actor is to be recorded. */
  bool Admit(std::string_view actor);
  /** Refusals of windows that are over which were not recorded, since this was last asked. */
  uint64_t TakeSuppressed();

 private:
  void BeginWindow();

  const Clock &clock_;
  TimePoint window_end_{};
  std::map<std::string, unsigned, std::less<>> actors_;  // at most kMaxOfAll of them
  unsigned admitted_ = 0;
  uint64_t suppressed_ = 0;  // in this window
  uint64_t suppressed_before_ = 0;
};

}  // namespace lookout
