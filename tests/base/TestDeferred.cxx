// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "tests/support/FakeClock.hxx"

using namespace lookout;

TEST_CASE("Deferred: runs later, once, in the order of scheduling", "[deferred]") {
  const FakeClock clock;
  EventLoop loop(clock);
  std::string order;
  Deferred first(loop, [&] { order += '1'; });
  Deferred second(loop, [&] { order += '2'; });
  second.Schedule();
  first.Schedule();
  second.Schedule();
  CHECK(order.empty());
  CHECK(first.IsScheduled());
  loop.RunDeferred();
  CHECK(order == "21");
  CHECK_FALSE(first.IsScheduled());
  loop.RunDeferred();
  CHECK(order == "21");
}

TEST_CASE("Deferred: what a call schedules runs in the same pass", "[deferred]") {
  const FakeClock clock;
  EventLoop loop(clock);
  int rounds = 0;
  Deferred again(loop, [&] {
    if (++rounds < 3) again.Schedule();
  });
  again.Schedule();
  loop.RunDeferred();
  CHECK(rounds == 3);
}

TEST_CASE("Deferred: cancelled or destroyed, it does not run", "[deferred]") {
  const FakeClock clock;
  EventLoop loop(clock);
  int runs = 0;
  Deferred cancelled(loop, [&] { ++runs; });
  auto destroyed = std::make_unique<Deferred>(loop, [&] { ++runs; });
  cancelled.Schedule();
  destroyed->Schedule();
  cancelled.Cancel();
  cancelled.Cancel();
  destroyed.reset();
  loop.RunDeferred();
  CHECK(runs == 0);
}

TEST_CASE("Deferred: may destroy itself and its neighbours", "[deferred]") {
  const FakeClock clock;
  EventLoop loop(clock);
  std::string order;
  std::unique_ptr<Deferred> self;
  std::unique_ptr<Deferred> neighbour;
  const std::string captured = "still here, and too long for the small string buffer";
  self = std::make_unique<Deferred>(loop, [&, captured] {
    neighbour.reset();
    self.reset();
    order = captured;
  });
  neighbour = std::make_unique<Deferred>(loop, [&] { order = "called"; });
  self->Schedule();
  neighbour->Schedule();
  loop.RunDeferred();
  CHECK(order == captured);
}

TEST_CASE("Deferred: runs after the events of the same round", "[deferred]") {
  const FakeClock clock;
  EventLoop loop(clock);
  std::string order;
  Deferred later(loop, [&] { order += "deferred"; });
  Timer timer(loop, [&] {
    later.Schedule();
    order += "timer ";
  });
  timer.Arm(Duration::zero());
  loop.RunOnce(std::chrono::seconds(5));
  CHECK(order == "timer deferred");
}
