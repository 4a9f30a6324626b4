// SPDX-License-Identifier: Apache-2.0
#include "proxy/BodyPace.hxx"

#include <catch2/catch.hpp>

#include "proxy/Limits.hxx"
#include "tests/support/FakeClock.hxx"

using namespace lookout;
using std::chrono::seconds;

namespace {

struct PaceFixture {
  void Pass(seconds time) {
    clock.Advance(time);
    loop.Dispatch();
  }

  FakeClock clock;
  EventLoop loop{clock};
  int late = 0;
  BodyPace pace{loop, [this] { ++late; }};
};

}  // namespace

TEST_CASE("BodyPace: a small body has one deadline, however it trickles", "[pace]") {
  PaceFixture f;
  f.Pass(seconds(9));
  f.pace.Add(kBodyPace - 1);
  CHECK(f.late == 0);
  f.Pass(seconds(1));
  CHECK(f.late == 1);
  f.Pass(seconds(60));
  CHECK(f.late == 1);
}

TEST_CASE("BodyPace: a large one has another for each piece", "[pace]") {
  PaceFixture f;
  f.Pass(seconds(9));
  f.pace.Add(kBodyPace);
  f.Pass(seconds(9));
  f.pace.Add(2 * kBodyPace - 1);
  f.Pass(seconds(9));
  CHECK(f.late == 0);
  // One byte is missing to the next piece.
  f.pace.Add(1);
  f.Pass(seconds(9));
  CHECK(f.late == 0);
  f.Pass(seconds(1));
  CHECK(f.late == 1);
}

TEST_CASE("BodyPace: stops", "[pace]") {
  PaceFixture f;
  f.pace.Stop();
  f.Pass(seconds(60));
  CHECK(f.late == 0);
}
