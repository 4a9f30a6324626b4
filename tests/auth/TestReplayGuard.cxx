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
  CHECK(guard.Admit("key", "n1", 1000) == Verdict::Fresh);
  CHECK(guard.HasSeen("key", "n1"));
  CHECK(guard.Admit("key", "n1", 1000) == Verdict::Replayed);
  CHECK(guard.Admit("other", "n1", 1000) == Verdict::Fresh);
  CHECK(guard.Size() == 2);
}

TEST_CASE("ReplayGuard: remembers for twice the skew, then forgets", "[auth]") {
  FakeClock clock;
  ReplayGuard guard(clock, 60s, 10);
  guard.Admit("key", "n1", 1000);
  clock.Advance(120s);
  CHECK(guard.Admit("key", "n1", 1000) == Verdict::Replayed);
  clock.Advance(2s);
  CHECK(guard.Admit("key", "n1", 1001) == Verdict::Fresh);
  CHECK(guard.Size() == 1);
}

TEST_CASE("ReplayGuard: a refused replay does not prolong the memory", "[auth]") {
  FakeClock clock;
  ReplayGuard guard(clock, 60s, 10);
  guard.Admit("key", "n1", 1000);
  clock.Advance(100s);
  guard.Admit("key", "n1", 1000);
  clock.Advance(30s);
  CHECK_FALSE(guard.HasSeen("key", "n1"));
}

TEST_CASE("ReplayGuard: when full it refuses new nonces and still knows the old ones", "[auth]") {
  FakeClock clock;
  ReplayGuard guard(clock, 60s, 2);
  guard.Admit("key", "n1", 1000);
  clock.Advance(60s);
  guard.Admit("key", "n2", 1000);
  CHECK(guard.Admit("key", "n3", 1000) == Verdict::Full);
  CHECK(guard.Admit("key", "n1", 1000) == Verdict::Replayed);
  CHECK(guard.Admit("key", "n2", 1000) == Verdict::Replayed);
  clock.Advance(62s);
  CHECK(guard.Admit("key", "n3", 1001) == Verdict::Fresh);
  CHECK(guard.Admit("key", "n2", 1001) == Verdict::Replayed);
  CHECK(guard.Admit("key", "n4", 1001) == Verdict::Full);
}

TEST_CASE("ReplayGuard: nothing of a forgotten time is accepted again, whatever the wall clock says", "[auth]") {
  FakeClock clock;
  ReplayGuard guard(clock, 60s, 10);
  REQUIRE(guard.Admit("key", "n1", 1000) == Verdict::Fresh);
  CHECK_FALSE(guard.HasForgotten("key", 1000));
  clock.Advance(122s);
  CHECK(guard.HasForgotten("key", 1000));
  CHECK(guard.Admit("key", "n1", 1000) == Verdict::Forgotten);
  CHECK(guard.Admit("key", "n2", 999) == Verdict::Forgotten);
  CHECK(guard.Admit("other", "n2", 999) == Verdict::Fresh);
  CHECK(guard.Admit("key", "n2", 1001) == Verdict::Fresh);
}

TEST_CASE("ReplayGuard: tells of each accepted time that is later than all before", "[auth]") {
  FakeClock clock;
  ReplayGuard guard(clock, 60s, 10);
  std::vector<int64_t> told;
  guard.SetNewestObserver([&] { told.push_back(guard.Newest()); });
  guard.Admit("key", "n1", 1000);
  guard.Admit("key", "n1", 1005);
  guard.Admit("key", "n2", 999);
  guard.Admit("other", "n1", 1000);
  guard.Admit("other", "n2", 1001);
  guard.Forget("third", 1010);
  guard.Admit("key", "n3", 1010);
  guard.Admit("key", "n4", 1011);
  CHECK(told == std::vector<int64_t>{1000, 1001, 1011});
}

TEST_CASE("ReplayGuard: takes over what another has accepted", "[auth]") {
  FakeClock clock;
  ReplayGuard guard(clock, 60s, 10);
  guard.Forget("key", 1000);
  CHECK(guard.HasForgotten("key", 1000));
  CHECK_FALSE(guard.HasForgotten("key", 1001));
  CHECK_FALSE(guard.HasForgotten("other", 1000));
  guard.Forget(std::string(ReplayGuard::kEveryKey), 900);
  CHECK(guard.HasForgotten("other", 900));
  CHECK_FALSE(guard.HasForgotten("other", 901));
  CHECK(guard.Admit("key", "n1", 1005) == Verdict::Fresh);
  CHECK(guard.Latest() == ReplayGuard::Times{{"*", 900}, {"key", 1005}});
}
