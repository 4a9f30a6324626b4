// SPDX-License-Identifier: Apache-2.0
#include "auth/RandomPool.hxx"

#include <array>
#include <catch2/catch.hpp>
#include <set>

using namespace lookout;

TEST_CASE("RandomPool: gives nothing out twice, however much is asked for", "[random]") {
  RandomPool pool;
  std::set<std::array<unsigned char, 12>> seen;
  // Not a divisor of the pool's size, so that some bytes are left when it is filled again.
  for (int i = 0; i < 1000; ++i) {
    std::array<unsigned char, 12> bytes{};
    pool.Fill(bytes);
    CHECK(seen.insert(bytes).second);
  }
  std::array<unsigned char, RandomPool::kSize> all{};
  pool.Fill(all);
  CHECK(std::set(all.begin(), all.end()).size() > 100);
}
