// SPDX-License-Identifier: Apache-2.0
#include "base/SignalEvent.hxx"

#include <pthread.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <vector>

using namespace lookout;
using namespace std::chrono_literals;

TEST_CASE("SignalEvent: delivers signals on the loop, each kind once", "[signal]") {
  const SystemClock clock;
  EventLoop loop(clock);
  std::vector<int> seen;
  const SignalEvent event(loop, {SIGUSR1, SIGUSR2}, [&](int signal) { seen.push_back(signal); });
  // To this thread: the test program has no other, and a signal to the process could meet one with another mask.
  REQUIRE(::pthread_kill(::pthread_self(), SIGUSR2) == 0);
  REQUIRE(::pthread_kill(::pthread_self(), SIGUSR1) == 0);
  REQUIRE(::pthread_kill(::pthread_self(), SIGUSR1) == 0);
  CHECK(seen.empty());
  loop.RunOnce(5s);
  CHECK(seen == std::vector<int>{SIGUSR1, SIGUSR2});
  loop.RunOnce(0s);
  CHECK(seen.size() == 2);
}
