// SPDX-License-Identifier: Apache-2.0
#include "tunnel/MemoryClaim.hxx"

#include <catch2/catch.hpp>

#include "tests/support/FakeClock.hxx"

using namespace lookout;

TEST_CASE("MemoryClaim: grows within the connection's memory, and gives all of it back", "[queue]") {
  FakeClock clock;
  EventLoop loop{clock};
  OutboundQueue queue{loop, 1000, nullptr};
  {
    MemoryClaim claim(queue);
    CHECK(claim.GrowTo(600));
    CHECK(claim.GrowTo(10));
    CHECK(claim.Size() == 600);
    CHECK(queue.TotalBytes() == 600);
    CHECK_FALSE(claim.GrowTo(1001));
    CHECK_FALSE(claim.GrowTo(SIZE_MAX));
    CHECK(claim.Size() == 600);
    MemoryClaim other(queue);
    CHECK_FALSE(other.GrowTo(401));
    CHECK(other.GrowTo(400));
    claim.Release();
    claim.Release();
    CHECK(queue.TotalBytes() == 400);
  }
  CHECK(queue.TotalBytes() == 0);
}
