// SPDX-License-Identifier: Apache-2.0
#include "agent/ClockWatch.hxx"

#include <catch2/catch.hpp>

#include "tests/support/FakeClock.hxx"

using namespace lookout;
using namespace std::chrono_literals;

TEST_CASE("ClockWatch: tells a jump once, in either direction, and nothing of time that passes", "[clock]") {
  FakeClock clock;
  ClockWatch watch(clock);
  clock.Advance(100h);
  CHECK_FALSE(watch.TakeJump());
  clock.SetUnixSeconds(clock.UnixSeconds() + 3600);
  CHECK(watch.TakeJump() == 3600s);
  CHECK_FALSE(watch.TakeJump());
  clock.SetUnixSeconds(clock.UnixSeconds() - 7200);
  clock.Advance(2s);
  CHECK(watch.TakeJump() == -7200s);
  clock.SetUnixSeconds(clock.UnixSeconds() + 1);
  CHECK_FALSE(watch.TakeJump());
}
