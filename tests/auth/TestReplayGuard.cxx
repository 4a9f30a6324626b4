// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/ReplayGuard.hxx"
#include "tests/support/FakeClock.hxx"

using namespace lookout;
using namespace std::chrono_literals;
using Verdict = ReplayGuard::Verdict;

TEST_CASE("ReplayGuard: accepts a nonce once for each key", "[auth]") {
  FakeClock clock;
  ReplayGuard guard(clock, 60s, 10);
  CHECK_FALSE(guard.HasSeen("key", "n1"));
  CHECK(guard.Admit("key", "n1") == Verdict::Fresh);
  CHECK(guard.HasSeen("key", "n1"));
  CHECK(guard.Admit("key", "n1") == Verdict::Replayed);
  CHECK(guard.Admit("other", "n1") == Verdict::Fresh);
  CHECK(guard.Size() == 2);
}

TEST_CASE("ReplayGuard: remembers for twice the skew, then forgets", "[auth]") {
  FakeClock clock;
  ReplayGuard guard(clock, 60s, 10);
  guard.Admit("key", "n1");
  clock.Advance(120s);
  CHECK(guard.Admit("key", "n1") == Verdict::Replayed);
  clock.Advance(2s);
  CHECK(guard.Admit("key", "n1") == Verdict::Fresh);
  CHECK(guard.Size() == 1);
}

TEST_CASE("ReplayGuard: a refused replay does not prolong the memory", "[auth]") {
  FakeClock clock;
  ReplayGuard guard(clock, 60s, 10);
  guard.Admit("key", "n1");
  clock.Advance(100s);
  guard.Admit("key", "n1");
  clock.Advance(30s);
  CHECK_FALSE(guard.HasSeen("key", "n1"));
}

TEST_CASE("ReplayGuard: when full it refuses new nonces and still knows the old ones", "[auth]") {
  FakeClock clock;
  ReplayGuard guard(clock, 60s, 2);
  guard.Admit("key", "n1");
  clock.Advance(60s);
  guard.Admit("key", "n2");
  CHECK(guard.Admit("key", "n3") == Verdict::Full);
  CHECK(guard.Admit("key", "n1") == Verdict::Replayed);
  CHECK(guard.Admit("key", "n2") == Verdict::Replayed);
  clock.Advance(62s);
  CHECK(guard.Admit("key", "n3") == Verdict::Fresh);
  CHECK(guard.Admit("key", "n2") == Verdict::Replayed);
  CHECK(guard.Admit("key", "n4") == Verdict::Full);
}
