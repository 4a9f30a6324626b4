// SPDX-License-Identifier: Apache-2.0
#include "proxy/HeldPlaces.hxx"

#include <catch2/catch.hpp>
#include <vector>

using namespace lookout;

namespace {

/** Takes places until there is none; returns how many. */
size_t TakeAll(HeldPlaces &places, std::vector<HeldPlaces::Place> &taken, const char *client) {
  const auto before = taken.size();
  const auto address = IpAddress::Parse(client).value_or(IpAddress());
  while (auto place = places.TryTake(address)) taken.push_back(std::move(*place));
  return taken.size() - before;
}

}  // namespace

TEST_CASE("HeldPlaces: one client gets half of them, and leaves the other half to the others", "[held]") {
  HeldPlaces places(8);
  std::vector<HeldPlaces::Place> taken;
  CHECK(TakeAll(places, taken, "192.0.2.1") == 4);
  CHECK(TakeAll(places, taken, "2001:db8::1") == 4);
  CHECK(TakeAll(places, taken, "192.0.2.3") == 0);
  CHECK(places.Taken() == 8);
  taken.pop_back();
  CHECK(TakeAll(places, taken, "192.0.2.1") == 0);
  CHECK(TakeAll(places, taken, "192.0.2.3") == 1);
  taken.clear();
  CHECK(places.Taken() == 0);
  CHECK(TakeAll(places, taken, "192.0.2.1") == 4);
}

TEST_CASE("HeldPlaces: addresses of one IPv6 network are one client", "[held]") {
  HeldPlaces places(8);
  std::vector<HeldPlaces::Place> taken;
  CHECK(TakeAll(places, taken, "2001:db8::1") == 4);
  CHECK(TakeAll(places, taken, "2001:db8::2") == 0);
  CHECK(TakeAll(places, taken, "2001:db8:0:1::2") == 4);
}

TEST_CASE("HeldPlaces: clients of a unix socket may have them all", "[held]") {
  HeldPlaces places(8);
  std::vector<HeldPlaces::Place> taken;
  CHECK(TakeAll(places, taken, "") == 8);
}
