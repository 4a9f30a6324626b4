// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditJournal.hxx"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/FakeClock.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

struct JournalFixture {
  AuditRecord Refusal(const std::string &actor) const {
    AuditRecord record;
    record.event = "rate_limited";
    record.actor = actor;
    record.outcome = "denied";
    return record;
  }

  TempDir directory;
  FakeClock clock;
  EventLoop loop{clock};
  std::string path = directory.Join("audit.log");
};

}  // namespace

TEST_CASE("AuditJournal: one record, the same time in ring and log", "[audit]") {
  JournalFixture fixture;
  AuditJournal journal(fixture.loop, fixture.path, 10);
  AuditRecord record;
  record.event = "enrollment";
  record.path = std::string(50'000, 'x');
  journal.Add(std::move(record));
  CHECK(journal.Ring().Get(1).unix_millis == fixture.clock.UnixMillis());
  CHECK(journal.Ring().Get(1).path.size() == kMaxAuditField);
  // Nor does the record keep the memory of what was cut off.
  CHECK(journal.Ring().Get(1).path.capacity() < 2 * kMaxAuditField);
  REQUIRE(RunUntil(fixture.loop, [&] { return ReadFile(fixture.path).ends_with("\n"); }));
  CHECK(ReadFile(fixture.path) ==
        R"({"time":"2025-06-11T00:00:00.000Z","level":"INFO","msg":"","event":"enrollment","path":")" +
            std::string(4096, 'x') + "\"}\n");
}

TEST_CASE("AuditJournal: the ring works without the log, the log without the ring", "[audit]") {
  JournalFixture fixture;
  AuditJournal ring_only(fixture.loop, "", 2);
  CHECK(ring_only.IsEnabled());
  ring_only.Add(fixture.Refusal("a"));
  CHECK(ring_only.Ring().Size() == 1);
  AuditJournal log_only(fixture.loop, fixture.path, 0);
  CHECK(log_only.IsEnabled());
  log_only.Add(fixture.Refusal("a"));
  CHECK(log_only.Ring().Size() == 0);
  CHECK(RunUntil(fixture.loop, [&] { return ReadFile(fixture.path).ends_with("\n"); }));
  CHECK_FALSE(AuditJournal(fixture.loop, "", 0).IsEnabled());
}

TEST_CASE("AuditJournal: an address that keeps failing does not wash the ring away", "[audit]") {
  JournalFixture fixture;
  AuditJournal journal(fixture.loop, "", 1000);
  for (int i = 0; i < 100; ++i) journal.AddRefusal(fixture.Refusal("192.0.2.1"));
  CHECK(journal.Ring().Size() == AuditThrottle::kMaxOfActor);
  journal.AddRefusal(fixture.Refusal("192.0.2.2"));
  CHECK(journal.Ring().Size() == AuditThrottle::kMaxOfActor + 1);
  SECTION("and what was left out is told when the minute is over") {
    fixture.clock.Advance(AuditThrottle::kWindow);
    journal.AddRefusal(fixture.Refusal("192.0.2.1"));
    const uint64_t latest = journal.Ring().Latest();
    CHECK(latest == AuditThrottle::kMaxOfActor + 3);
    CHECK(journal.Ring().Get(latest).event == "rate_limited");
    CHECK(journal.Ring().Get(latest - 1).event == "refusals_suppressed");
    CHECK(journal.Ring().Get(latest - 1).reason == "88 refusals were not recorded one by one");
  }
}

TEST_CASE("AuditJournal: what was left out is told with whatever is recorded next", "[audit]") {
  JournalFixture fixture;
  AuditJournal journal(fixture.loop, "", 1000);
  for (unsigned i = 0; i < AuditThrottle::kMaxOfActor + 1; ++i) journal.AddRefusal(fixture.Refusal("192.0.2.1"));
  fixture.clock.Advance(AuditThrottle::kWindow);
  AuditRecord good;
  good.event = "api_request";
  journal.Add(std::move(good));
  const uint64_t latest = journal.Ring().Latest();
  CHECK(latest == AuditThrottle::kMaxOfActor + 2);
  CHECK(journal.Ring().Get(latest - 1).event == "refusals_suppressed");
  CHECK(journal.Ring().Get(latest).event == "api_request");
}

TEST_CASE("AuditJournal: many addresses together do not either", "[audit]") {
  JournalFixture fixture;
  AuditJournal journal(fixture.loop, "", 1000);
  for (int i = 0; i < 2000; ++i) journal.AddRefusal(fixture.Refusal("2001:db8::" + std::to_string(i)));
  CHECK(journal.Ring().Size() == AuditThrottle::kMaxOfAll);
  AuditRecord good;
  good.event = "api_request";
  journal.Add(std::move(good));
  CHECK(journal.Ring().Size() == AuditThrottle::kMaxOfAll + 1);
}
