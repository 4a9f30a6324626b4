// SPDX-License-Identifier: Apache-2.0
#include "base/Clock.hxx"

#include <catch2/catch.hpp>
#include <ctime>

using namespace lookout;

TEST_CASE("SystemClock: tells the time of the system", "[clock]") {
  const SystemClock clock;
  const auto before = std::time(nullptr);
  const auto seconds = clock.UnixSeconds();
  CHECK(seconds >= before);
  CHECK(seconds <= before + 5);
  CHECK(clock.UnixMillis() / 1000 >= seconds);
}

TEST_CASE("SystemClock: does not run backwards", "[clock]") {
  const SystemClock clock;
  const auto first = clock.Now();
  CHECK(clock.Now() >= first);
}
