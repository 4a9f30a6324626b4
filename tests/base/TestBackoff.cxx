// SPDX-License-Identifier: Apache-2.0
#include "base/Backoff.hxx"

#include <catch2/catch.hpp>

using namespace lookout;
using namespace std::chrono_literals;

TEST_CASE("Backoff: doubles up to the maximum and begins anew after a reset", "[backoff]") {
  Backoff backoff(1s, 5s, [] { return 0.5; });
  CHECK(backoff.Next() == 1s);
  CHECK(backoff.Next() == 2s);
  CHECK(backoff.Next() == 4s);
  CHECK(backoff.Next() == 5s);
  CHECK(backoff.Next() == 5s);
  backoff.Reset();
  CHECK(backoff.Next() == 1s);
}

TEST_CASE("Backoff: stays at its maximum, however often it is asked", "[backoff]") {
  Backoff backoff(1s, 60s, [] { return 0.5; });
  for (int i = 0; i < 1000; ++i) backoff.Next();
  CHECK(backoff.Next() == 60s);
}

TEST_CASE("Backoff: a first delay over the maximum is cut", "[backoff]") {
  Backoff backoff(10s, 5s, [] { return 0.5; });
  CHECK(backoff.Next() == 5s);
}

TEST_CASE("Backoff: spreads from 75 to 125 percent", "[backoff]") {
  double fraction = 0;
  const Backoff backoff(1s, 5s, [&] { return fraction; });
  CHECK(backoff.Spread(100s) == 75s);
  fraction = 0.25;
  CHECK(backoff.Spread(100s) == 87500ms);
  fraction = 0.999999;
  CHECK(backoff.Spread(100s) < 125s);
  CHECK(backoff.Spread(100s) > 124s);
}

TEST_CASE("RandomFraction: lies in [0, 1) and is not constant", "[backoff]") {
  const double first = RandomFraction();
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const double value = RandomFraction();
    REQUIRE(value >= 0);
    REQUIRE(value < 1);
    differs |= value != first;
  }
  CHECK(differs);
}
