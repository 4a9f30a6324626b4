// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerStats.hxx"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "tests/support/FakeClock.hxx"
#include "tests/support/ScriptedHandler.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kStats =
    R"({"cpu_stats":{"cpu_usage":{"total_usage":2500000000}},"memory_stats":{"usage":4096,"limit":8192},)"
    R"("networks":{"eth0":{"rx_bytes":1,"tx_bytes":2},"eth1":{"rx_bytes":10,"tx_bytes":20}}})";

ContainerUsage Read(std::string_view text) {
  const auto json = ParseJson(text);
  REQUIRE(json);
  ContainerUsage usage;
  ReadUsage(*json, usage);
  return usage;
}

struct Fixture {
  std::unique_ptr<WaitingList::Waiter> Ask() {
    return stats.Refresh([this] { ++told; });
  }
  void Run() {
    for (int i = 0; i < 4; ++i) loop.RunOnce(Duration::zero());
  }
  void List(int count) {
    std::string json;
    for (int i = 0; i < count; ++i) {
      json += (i == 0 ? "" : ",") + std::string(R"({"Id":"c)") + std::to_string(i) + R"(","Names":["/n)" +
              std::to_string(i) + R"("],"Image":"i"})";
    }
    Run();
    docker.calls.back()->Answer(200, "[" + json + "]");
    Run();
  }
  /** Questions for stats that are neither answered nor given up. */
  std::vector<ScriptedHandler::Call *> Open() {
    std::vector<ScriptedHandler::Call *> open;
    for (const auto &call : docker.calls) {
      if (!call->gone && call->request.head.target.find("/stats") != std::string::npos) open.push_back(call.get());
    }
    return open;
  }

  FakeClock clock;
  EventLoop loop{clock};
  ScriptedHandler docker{loop};
  ContainerStats stats{loop, docker};
  int told = 0;
};

}  // namespace

TEST_CASE("ReadUsage: what the engine tells, and nothing that it does not", "[metrics]") {
  const auto usage = Read(kStats);
  CHECK(usage.cpu_seconds == 2.5);
  CHECK(usage.memory == 4096U);
  CHECK(usage.memory_limit == 8192U);
  CHECK(usage.network == NetworkUsage{11, 22});
  for (
      const auto *const text :
      {"{}", R"({"cpu_stats":{},"memory_stats":{},"networks":null})", R"({"memory_stats":{"limit":0}})",
       R"({"cpu_stats":{"cpu_usage":{"total_usage":-1}},"memory_stats":{"usage":"x","limit":18446744073709551615}})"}) {
    CHECK(Read(text) == ContainerUsage());
  }
}

TEST_CASE("ParseRunning: names without their slash, else the id", "[metrics]") {
  const auto list = ParseJson(
      R"([{"Id":"a1","Names":["/web","/db/web"],"Image":"nginx:1"},{"Id":"b2","Names":[],"Image":"x"},{"Id":"../"},
          {"Id":"c3","Names":["//"]}])");
  const auto running = ParseRunning(*list);
  REQUIRE(running.size() == 3);
  CHECK(running[0].name == "web");
  CHECK(running[0].image == "nginx:1");
  CHECK(running[1].name == "b2");
  CHECK(running[2].name == "c3");
}

TEST_CASE("ContainerStats: one round for all who ask, then none for 10 s", "[metrics]") {
  Fixture fixture;
  CHECK_FALSE(fixture.stats.IsFresh());
  const auto first = fixture.Ask();
  const auto second = fixture.Ask();
  fixture.List(1);
  const auto open = fixture.Open();
  REQUIRE(open.size() == 1);
  CHECK(open[0]->request.head.target == "/containers/c0/stats?stream=false&one-shot=true");
  CHECK(open[0]->request.deadlines->total == ContainerStats::kCallLimit);
  CHECK(fixture.told == 0);
  open[0]->Answer(200, kStats);
  fixture.Run();
  CHECK(fixture.told == 2);
  REQUIRE(fixture.stats.Running().size() == 1);
  CHECK(fixture.stats.Running()[0].cpu_seconds == 2.5);
  CHECK(fixture.stats.Running()[0].name == "n0");
  CHECK(fixture.docker.calls.size() == 2);
  CHECK(fixture.stats.IsFresh());
  fixture.clock.Advance(9999ms);
  CHECK(fixture.stats.IsFresh());
  fixture.clock.Advance(1ms);
  CHECK_FALSE(fixture.stats.IsFresh());
}

TEST_CASE("ContainerStats: at most 8 questions at a time, and a failing container is left out", "[metrics]") {
  Fixture fixture;
  const auto waiter = fixture.Ask();
  fixture.List(20);
  int asked = 0;
  while (fixture.told == 0) {
    const auto open = fixture.Open();
    REQUIRE(!open.empty());
    CHECK(open.size() <= ContainerStats::kMaxCalls);
    if (asked == 0) CHECK(open.size() == ContainerStats::kMaxCalls);
    ++asked;
    if (asked % 4 == 0) {
      open[0]->Answer(404, "gone");
    } else if (asked % 4 == 1) {
      open[0]->Answer(200, "not json");
    } else {
      open[0]->Answer(200, kStats);
    }
    fixture.Run();
  }
  CHECK(asked == 20);
  CHECK(fixture.stats.Running().size() == 10);
}

TEST_CASE("ContainerStats: a round ends in time with what is there", "[metrics]") {
  Fixture fixture;
  const auto waiter = fixture.Ask();
  fixture.List(3);
  fixture.Open()[1]->Answer(200, kStats);
  fixture.Run();
  fixture.clock.Advance(ContainerStats::kRoundLimit - 1ms);
  fixture.Run();
  CHECK(fixture.told == 0);
  fixture.clock.Advance(1ms);
  fixture.Run();
  CHECK(fixture.told == 1);
  CHECK(fixture.stats.Running().size() == 1);
  CHECK(fixture.Open().empty());
}

TEST_CASE("ContainerStats: an engine that is away is not asked again at once", "[metrics]") {
  Fixture fixture;
  const auto waiter = fixture.Ask();
  fixture.Run();
  fixture.docker.calls.back()->sink->OnError({Failure::Kind::Unreachable, "no engine"});
  fixture.Run();
  CHECK(fixture.told == 1);
  CHECK(fixture.stats.Running().empty());
  CHECK(fixture.stats.IsFresh());
}

TEST_CASE("ContainerStats: a container that has stopped is not told of in the next round", "[metrics]") {
  Fixture fixture;
  auto waiter = fixture.Ask();
  fixture.List(2);
  for (auto *const call : fixture.Open()) call->Answer(200, kStats);
  fixture.Run();
  CHECK(fixture.stats.Running().size() == 2);
  fixture.clock.Advance(ContainerStats::kMaxAge);
  waiter = fixture.Ask();
  fixture.List(0);
  CHECK(fixture.told == 2);
  CHECK(fixture.stats.Running().empty());
}

TEST_CASE("ContainerStats: one who does not wait is not told", "[metrics]") {
  Fixture fixture;
  fixture.Ask().reset();
  fixture.List(0);
  CHECK(fixture.told == 0);
  CHECK(fixture.stats.IsFresh());
}
