// SPDX-License-Identifier: Apache-2.0
#include "auth/ReplayRecord.hxx"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <optional>

#include "auth/CredentialFile.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  /** Another process with the same file. */
  ReplayGuard &Start(int64_t now = 1000) {
    guard.emplace(clock, 60s, size_t{10});
    error = record.Begin(*guard, now);
    guard->SetNewestObserver([this] { CHECK(record.Keep(*guard)); });
    return *guard;
  }

  TempDir directory;
  std::string path = directory.Join("accepted-signatures");
  FakeClock clock;
  ReplayRecord record{path};
  std::optional<ReplayGuard> guard;
  Result<void> error;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "ReplayRecord: a first process has nothing to forget", "[auth]") {
  CHECK_FALSE(Start().HasForgotten("key", 1000));
  CHECK(error);
}

TEST_CASE_METHOD(Fixture, "ReplayRecord: after an orderly end, each key goes on behind what was accepted last",
                 "[auth]") {
  Start().Admit("a", "n1", 1010);
  guard->Admit("b", "n1", 990);
  REQUIRE(record.End(*guard));
  // Also over a process that accepts nothing.
  Start(1020);
  REQUIRE(record.End(*guard));
  Start(1021);
  CHECK(guard->HasForgotten("a", 1010));
  CHECK_FALSE(guard->HasForgotten("a", 1011));
  CHECK(guard->HasForgotten("b", 990));
  CHECK_FALSE(guard->HasForgotten("b", 991));
  CHECK_FALSE(guard->HasForgotten("c", 1));
}

TEST_CASE_METHOD(Fixture, "ReplayRecord: after a crash, nothing counts that is not younger than the start", "[auth]") {
  Start().Admit("a", "n1", 1000);
  Start(1003);
  CHECK(error);
  CHECK(guard->HasForgotten("a", 1003));
  CHECK(guard->HasForgotten("c", 1003));
  CHECK_FALSE(guard->HasForgotten("a", 1004));
  // And it stays so over an orderly restart.
  REQUIRE(record.End(*guard));
  CHECK(Start(1002).HasForgotten("c", 1003));
}

TEST_CASE_METHOD(Fixture, "ReplayRecord: after a crash, nothing counts that is not younger than what was accepted",
                 "[auth]") {
  Start(1000).Admit("a", "n1", 1060);
  guard->Admit("a", "n2", 1030);
  Start(1002);
  CHECK(guard->HasForgotten("a", 1060));
  CHECK(guard->HasForgotten("c", 1060));
  CHECK_FALSE(guard->HasForgotten("a", 1061));
  SECTION("nor after a second crash") {
    CHECK(Start(1003).HasForgotten("a", 1060));
  }
  SECTION("nor after one that came between") {
    REQUIRE(record.End(*guard));
    Start(1003);
    CHECK(Start(1004).HasForgotten("a", 1060));
  }
  SECTION("and it costs nobody more than that") {
    guard->Admit("b", "n1", 1061);
    Start(1100);
    CHECK(guard->HasForgotten("b", 1100));
    CHECK_FALSE(guard->HasForgotten("b", 1101));
  }
}

TEST_CASE_METHOD(Fixture, "ReplayRecord: a file that cannot be read or written is as a crash", "[auth]") {
  SECTION("rubbish") {
    REQUIRE(ReplaceCredentialFile(path, GENERATE("", "ended\nkey", "ended\nkey x\n", "ended\na b c\n", "key 1000\n",
                                                 "running\n", "running x\n", "running 5 6\n")));
    CHECK(Start().HasForgotten("a", 1000));
    CHECK(error);
  }
  SECTION("no directory") {
    record = ReplayRecord(directory.Join("missing/file"));
    CHECK(Start().HasForgotten("a", 1000));
    REQUIRE_FALSE(error);
    CHECK_THAT(error.error().message, Catch::Contains("missing"));
    CHECK(guard->Admit("a", "n1", 1010) == ReplayGuard::Verdict::Fresh);
  }
  SECTION("a directory in its place") {
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
    CHECK(Start().HasForgotten("a", 1000));
    CHECK_FALSE(error);
  }
}
