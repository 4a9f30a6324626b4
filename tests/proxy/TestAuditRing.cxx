// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditRing.hxx"

#include <catch2/catch.hpp>
#include <string>

using namespace lookout;

namespace {

AuditRecord MakeRecord(int number) {
  AuditRecord record;
  record.path = "/" + std::to_string(number);
  return record;
}

}  // namespace

TEST_CASE("AuditRing: empty at first", "[audit]") {
  const AuditRing ring(3);
  CHECK(ring.Capacity() == 3);
  CHECK(ring.Size() == 0);
  CHECK(ring.Oldest() == 0);
  CHECK(ring.Latest() == 0);
}

TEST_CASE("AuditRing: cursors count from 1, and the oldest record makes room", "[audit]") {
  AuditRing ring(3);
  for (int i = 1; i <= 8; ++i) {
    ring.Add(MakeRecord(i));
    CHECK(ring.Latest() == static_cast<uint64_t>(i));
    CHECK(ring.Oldest() == static_cast<uint64_t>(i <= 3 ? 1 : i - 2));
    CHECK(ring.Size() == static_cast<size_t>(std::min(i, 3)));
    for (uint64_t cursor = ring.Oldest(); cursor <= ring.Latest(); ++cursor) {
      CHECK(ring.Get(cursor).path == "/" + std::to_string(cursor));
    }
  }
}

TEST_CASE("AuditRing: a capacity of 0 keeps nothing", "[audit]") {
  AuditRing ring(0);
  ring.Add(MakeRecord(1));
  CHECK(ring.Size() == 0);
  CHECK(ring.Latest() == 0);
  CHECK(ring.Oldest() == 0);
}

TEST_CASE("AuditRing: every ring is a generation of its own", "[audit]") {
  CHECK(AuditRing(1).Generation().size() == 16);
  CHECK(AuditRing(1).Generation() != AuditRing(1).Generation());
}
