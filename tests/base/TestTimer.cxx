// SPDX-License-Identifier: Apache-2.0
#include <poll.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "tests/support/FakeClock.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  FakeClock clock;
  EventLoop loop{clock};
  std::string order;

  void Pass(Duration step) {
    clock.Advance(step);
    loop.Dispatch();
  }
};

bool IsReadable(int fd, int wait_ms) {
  pollfd poll{fd, POLLIN, 0};
  return ::poll(&poll, 1, wait_ms) == 1;
}

}  // namespace

TEST_CASE("Timer: fires once, when its time has come and not before", "[timer]") {
  Fixture f;
  Timer timer(f.loop, [&] { f.order += 'x'; });
  timer.Arm(10ms);
  CHECK(timer.IsArmed());
  f.Pass(9ms);
  CHECK(f.order.empty());
  f.Pass(1ms);
  CHECK(f.order == "x");
  CHECK_FALSE(timer.IsArmed());
  f.Pass(1h);
  CHECK(f.order == "x");
}

TEST_CASE("Timer: several fire in the order of their times, equal ones in the order of arming", "[timer]") {
  Fixture f;
  Timer a(f.loop, [&] { f.order += 'a'; });
  Timer b(f.loop, [&] { f.order += 'b'; });
  Timer c(f.loop, [&] { f.order += 'c'; });
  a.Arm(30ms);
  b.Arm(10ms);
  c.Arm(10ms);
  f.Pass(1s);
  CHECK(f.order == "bca");
}

TEST_CASE("Timer: arming again replaces, cancelling forgets", "[timer]") {
  Fixture f;
  Timer timer(f.loop, [&] { f.order += 'x'; });
  timer.Arm(10ms);
  timer.Arm(20ms);
  f.Pass(15ms);
  CHECK(f.order.empty());
  f.Pass(5ms);
  CHECK(f.order == "x");
  timer.Arm(10ms);
  timer.Cancel();
  timer.Cancel();
  CHECK_FALSE(timer.IsArmed());
  f.Pass(1s);
  CHECK(f.order == "x");
}

TEST_CASE("Timer: one that arms itself for now waits for the next pass", "[timer]") {
  Fixture f;
  const auto delay = GENERATE(0ms, -5ms);
  Timer timer(f.loop, [&] {
    f.order += 'x';
    timer.Arm(delay);
  });
  timer.Arm(delay);
  f.loop.Dispatch();
  CHECK(f.order == "x");
  f.loop.Dispatch();
  CHECK(f.order == "xx");
}

TEST_CASE("Timer: a callback may cancel, re-arm and destroy others that are due", "[timer]") {
  Fixture f;
  Timer cancelled(f.loop, [&] { f.order += 'c'; });
  Timer rearmed(f.loop, [&] { f.order += 'r'; });
  auto destroyed = std::make_unique<Timer>(f.loop, [&] { f.order += 'd'; });
  Timer first(f.loop, [&] {
    f.order += '1';
    cancelled.Cancel();
    rearmed.Arm(5ms);
    destroyed.reset();
  });
  first.Arm(1ms);
  cancelled.Arm(2ms);
  rearmed.Arm(2ms);
  destroyed->Arm(2ms);
  f.Pass(10ms);
  CHECK(f.order == "1");
  f.Pass(5ms);
  CHECK(f.order == "1r");
}

TEST_CASE("Timer: may destroy itself in its callback", "[timer]") {
  Fixture f;
  const std::string captured = "still here, and too long for the small string buffer";
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(f.loop, [&, captured] {
    timer.reset();
    f.order = captured;
  });
  timer->Arm(1ms);
  f.Pass(1ms);
  CHECK(f.order == captured);
}

TEST_CASE("Timer: a delay beyond the range of the clock does not fire", "[timer]") {
  Fixture f;
  Timer timer(f.loop, [&] { f.order += 'x'; });
  timer.Arm(Duration::max());
  f.Pass(24h * 3000);
  CHECK(f.order.empty());
}

TEST_CASE("Timer: makes the loop's descriptor readable, and only until it has been served", "[timer]") {
  const SystemClock clock;
  EventLoop loop(clock);
  int fired = 0;
  Timer timer(loop, [&] { ++fired; });
  timer.Arm(20ms);
  CHECK_FALSE(IsReadable(loop.Fd(), 0));
  const auto start = clock.Now();
  REQUIRE(IsReadable(loop.Fd(), 5000));
  CHECK(clock.Now() - start >= 19ms);
  loop.Dispatch();
  CHECK(fired == 1);
  CHECK_FALSE(IsReadable(loop.Fd(), 0));
}

TEST_CASE("Timer: an earlier one shortens the wait", "[timer]") {
  const SystemClock clock;
  EventLoop loop(clock);
  Timer late(loop, [] {});
  Timer early(loop, [&] { loop.Stop(); });
  late.Arm(1h);
  early.Arm(10ms);
  const auto start = clock.Now();
  loop.Run();
  CHECK(clock.Now() - start < 10s);
  CHECK(late.IsArmed());
}

TEST_CASE("Timer: a clock that stands still does not make the loop spin", "[timer]") {
  Fixture f;
  Timer timer(f.loop, [&] { f.order += 'x'; });
  timer.Arm(20ms);
  REQUIRE(IsReadable(f.loop.Fd(), 5000));
  f.loop.Dispatch();
  CHECK(f.order.empty());
  CHECK_FALSE(IsReadable(f.loop.Fd(), 0));
  f.Pass(20ms);
  CHECK(f.order == "x");
}
