// SPDX-License-Identifier: Apache-2.0
#include "proxy/DeadlineWatch.hxx"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/FakeClock.hxx"

using namespace lookout;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

struct WatchFixture {
  void Advance(Duration step) {
    clock.Advance(step);
    loop.RunOnce(Duration::zero());
  }

  FakeClock clock;
  EventLoop loop{clock};
  std::string expired;
  DeadlineWatch watch{loop, Deadlines{seconds(2), seconds(30), seconds(5)}, [this](std::string what) {
                        CHECK(expired.empty());
                        expired = std::move(what);
                      }};
};

}  // namespace

TEST_CASE("DeadlineWatch: the connection has its time", "[proxy]") {
  WatchFixture fixture;
  fixture.watch.Start();
  fixture.Advance(milliseconds(1999));
  CHECK(fixture.expired.empty());
  SECTION("and no more") {
    fixture.Advance(milliseconds(1));
    CHECK(fixture.expired == "no connection within 2 s");
    fixture.Advance(seconds(100));
  }
  SECTION("which is over once it stands") {
    fixture.watch.OnConnected();
    fixture.Advance(seconds(20));
    CHECK(fixture.expired.empty());
  }
}

TEST_CASE("DeadlineWatch: the whole answer has its time, however busy it is", "[proxy]") {
  WatchFixture fixture;
  fixture.watch.Start();
  fixture.watch.OnConnected();
  for (int i = 0; i < 29; ++i) {
    fixture.Advance(seconds(1));
    fixture.watch.OnActivity();
    CHECK(fixture.expired.empty());
  }
  fixture.Advance(seconds(1));
  CHECK(fixture.expired == "no whole answer within 30 s");
}

TEST_CASE("DeadlineWatch: silence counts only once the answer has begun", "[proxy]") {
  WatchFixture fixture;
  fixture.watch.Start();
  fixture.watch.OnConnected();
  fixture.Advance(seconds(15));
  fixture.watch.OnActivity();
  fixture.Advance(seconds(4));
  fixture.watch.OnActivity();
  fixture.Advance(milliseconds(4999));
  CHECK(fixture.expired.empty());
  fixture.Advance(milliseconds(1));
  CHECK(fixture.expired == "the answer began, and nothing more came for 5 s");
}

TEST_CASE("DeadlineWatch: time in which we wait ourselves does not count", "[proxy]") {
  WatchFixture fixture;
  fixture.watch.Start();
  fixture.watch.OnConnected();
  fixture.watch.OnActivity();
  fixture.Advance(seconds(3));
  fixture.watch.Pause();
  fixture.Advance(seconds(1000));
  fixture.watch.Continue();
  SECTION("for silence") {
    fixture.Advance(milliseconds(1999));
    CHECK(fixture.expired.empty());
    fixture.Advance(milliseconds(1));
    CHECK_FALSE(fixture.expired.empty());
  }
  SECTION("for the whole") {
    for (int i = 0; i < 26; ++i) {
      fixture.watch.OnActivity();
      fixture.Advance(seconds(1));
    }
    CHECK(fixture.expired.empty());
    fixture.watch.OnActivity();
    fixture.Advance(seconds(1));
    CHECK(fixture.expired == "no whole answer within 30 s");
  }
}

TEST_CASE("DeadlineWatch: nothing expires after the end", "[proxy]") {
  WatchFixture fixture;
  fixture.watch.Start();
  fixture.watch.Stop();
  fixture.Advance(seconds(1000));
  CHECK(fixture.expired.empty());
}

TEST_CASE("DeadlineWatch: zero means no limit", "[proxy]") {
  FakeClock clock;
  EventLoop loop(clock);
  bool expired = false;
  DeadlineWatch watch(loop, Deadlines{milliseconds(0), milliseconds(0), milliseconds(0)},
                      [&](const std::string &) { expired = true; });
  watch.Start();
  watch.OnActivity();
  clock.Advance(std::chrono::hours(10'000));
  loop.RunOnce(Duration::zero());
  CHECK_FALSE(expired);
}
