// SPDX-License-Identifier: Apache-2.0
#include "agent/HeapTrim.hxx"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/FakeClock.hxx"
#include "tests/support/ProcessUsage.hxx"

using namespace lookout;

TEST_CASE("HeapTrim: memory below what is still used goes back to the system", "[memory]") {
  if (!IsMemoryMeasurable()) return;
  constexpr size_t kMegabyte = 1024 * 1024;
  FakeClock clock;
  EventLoop loop(clock);
  const HeapTrim trim(loop);
  // Small pieces, so that they come from the heap; the last one stays, so that the heap cannot shrink by itself.
  std::vector<std::string> pieces(16 * 1024, std::string(2048, 'x'));
  const std::string last = std::move(pieces.back());
  pieces.clear();
  pieces.shrink_to_fit();
  const size_t before = ResidentBytes();
  clock.Advance(std::chrono::seconds(6));
  loop.RunOnce(Duration::zero());
  CHECK(last.size() == 2048);
  CHECK(ResidentBytes() + 20 * kMegabyte < before);
}
