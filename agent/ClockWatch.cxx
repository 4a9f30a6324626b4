// SPDX-License-Identifier: Apache-2.0
#include "agent/ClockWatch.hxx"

#include <utility>

namespace lookout {

namespace {

constexpr std::chrono::seconds kJump{2};

}  // namespace

std::optional<std::chrono::seconds> ClockWatch::TakeJump() {
  const auto offset = Offset();
  const auto jump = offset - std::exchange(offset_, offset);
  if (jump < kJump && jump > -kJump) return std::nullopt;
  return std::chrono::round<std::chrono::seconds>(jump);
}

std::chrono::milliseconds ClockWatch::Offset() const {
  const auto run = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.Now().time_since_epoch());
  return std::chrono::milliseconds(clock_.UnixMillis()) - run;
}

}  // namespace lookout
