// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/FailureLimiter.hxx"
#include "tests/support/FakeClock.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

IpAddress Address(std::string_view text) {
  return IpAddress::Parse(text).value();
}

void Fail(FailureLimiter &limiter, std::string_view address, int times = 1) {
  for (int i = 0; i < times; ++i) limiter.RecordFailure(Address(address));
}

bool IsLocked(FailureLimiter &limiter, std::string_view address) {
  return limiter.Wait(Address(address)).has_value();
}

}  // namespace

TEST_CASE("FailureLimiter: locks an address out at its tenth failure", "[auth]") {
  const FakeClock clock;
  FailureLimiter limiter(clock);
  CHECK_FALSE(IsLocked(limiter, "203.0.113.7"));
  Fail(limiter, "203.0.113.7", 9);
  CHECK_FALSE(IsLocked(limiter, "203.0.113.7"));
  Fail(limiter, "203.0.113.7");
  CHECK(limiter.Wait(Address("203.0.113.7")) == 60s);
  CHECK_FALSE(IsLocked(limiter, "203.0.113.8"));
}

TEST_CASE("FailureLimiter: the window begins with the first failure and forgets all at its end", "[auth]") {
  FakeClock clock;
  FailureLimiter limiter(clock);
  Fail(limiter, "203.0.113.7");
  clock.Advance(59s);
  Fail(limiter, "203.0.113.7", 9);
  CHECK(limiter.Wait(Address("203.0.113.7")) == 1s);
  clock.Advance(999ms);
  CHECK(limiter.Wait(Address("203.0.113.7")) == 1s);
  clock.Advance(1ms);
  CHECK_FALSE(IsLocked(limiter, "203.0.113.7"));
  CHECK(limiter.Size() == 0);
  Fail(limiter, "203.0.113.7", 9);
  CHECK_FALSE(IsLocked(limiter, "203.0.113.7"));
}

TEST_CASE("FailureLimiter: failures while locked out do not prolong it", "[auth]") {
  FakeClock clock;
  FailureLimiter limiter(clock);
  Fail(limiter, "203.0.113.7", 10);
  clock.Advance(30s);
  Fail(limiter, "203.0.113.7", 100);
  CHECK(limiter.Wait(Address("203.0.113.7")) == 30s);
}

TEST_CASE("FailureLimiter: IPv6 counts by /64, IPv4-mapped as IPv4, a unix socket as one", "[auth]") {
  const FakeClock clock;
  FailureLimiter limiter(clock);
  for (int i = 1; i <= 10; ++i) Fail(limiter, "2001:db8:1:2::" + std::to_string(i));
  CHECK(IsLocked(limiter, "2001:db8:1:2:ffff::1"));
  CHECK_FALSE(IsLocked(limiter, "2001:db8:1:3::1"));
  Fail(limiter, "::ffff:203.0.113.7", 5);
  Fail(limiter, "203.0.113.7", 5);
  CHECK(IsLocked(limiter, "203.0.113.7"));
  for (int i = 0; i < 10; ++i) limiter.RecordFailure(IpAddress());
  CHECK(limiter.Wait(IpAddress()));
  CHECK(limiter.Size() == 3);
}

TEST_CASE("FailureLimiter: when it is full, new offenders count as one and the old stay known", "[auth]") {
  FakeClock clock;
  FailureLimiter limiter(clock, {.failures = 3, .window = 60s, .capacity = 2});
  Fail(limiter, "203.0.113.1", 3);
  clock.Advance(10s);
  Fail(limiter, "203.0.113.2", 1);
  for (const auto *address : {"203.0.113.3", "203.0.113.4", "203.0.113.5"}) {
    CHECK_FALSE(IsLocked(limiter, address));
    Fail(limiter, address);
  }
  CHECK(limiter.Size() == 2);
  CHECK(limiter.Wait(Address("203.0.113.6")) == 60s);
  CHECK(limiter.Wait(Address("203.0.113.3")) == 60s);
  CHECK(limiter.Wait(Address("203.0.113.1")) == 50s);
  CHECK_FALSE(IsLocked(limiter, "203.0.113.2"));

  SECTION("also when the table has room again, until the shared window ends") {
    clock.Advance(55s);
    CHECK(IsLocked(limiter, "203.0.113.9"));
    CHECK_FALSE(IsLocked(limiter, "203.0.113.2"));
    CHECK(limiter.Size() == 1);
    CHECK(limiter.Wait(Address("203.0.113.3")) == 5s);
    clock.Advance(5s);
    CHECK_FALSE(IsLocked(limiter, "203.0.113.3"));
    Fail(limiter, "203.0.113.3");
    CHECK(limiter.Size() == 1);
  }
}

TEST_CASE("FailureLimiter: stays within its bound whatever comes", "[auth]") {
  const FakeClock clock;
  FailureLimiter limiter(clock);
  for (int i = 0; i < 20'000; ++i) {
    Fail(limiter, "10." + std::to_string(i >> 16) + "." + std::to_string(i >> 8 & 255) + "." + std::to_string(i & 255));
  }
  CHECK(limiter.Size() == 10'000);
  CHECK_FALSE(IsLocked(limiter, "10.0.0.1"));
  CHECK(IsLocked(limiter, "10.0.255.255"));
}
