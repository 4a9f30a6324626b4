// SPDX-License-Identifier: Apache-2.0
#include "agent/DiskUsage.hxx"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "tests/support/FakeClock.hxx"
#include "tests/support/FakeHandler.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

/** A disk of a size that the test sets, and that hangs while the test wants it to. */
struct FakeDisk {
  std::atomic<uint64_t> total = 100;
  std::atomic<bool> hangs = false;
  std::atomic<unsigned> begun = 0;
  std::atomic<unsigned> ended = 0;

  DiskUsage::Space Measure() {
    ++begun;
    while (hangs) std::this_thread::sleep_for(1ms);
    ++ended;
    return {total, 40, total - 40};
  }
};

const Failure kGone = {Failure::Kind::Unreachable, "the socket does not exist"};

struct Fixture {
  ~Fixture() { disk->hangs = false; }

  DiskUsage Make() {
    engine.Start();
    return DiskUsage(loop, engine, [disk = disk](const std::string &path) {
      return path == "/data/docker" ? disk->Measure() : DiskUsage::Space{};
    });
  }
  bool Until(const std::function<bool()> &done) { return RunUntil(loop, done); }
  bool UntilTotal(DiskUsage &usage, uint64_t total) {
    return Until([&] { return usage.Sample().total == total; });
  }
  void Advance(Duration step) {
    clock.Advance(step);
    RunFor(loop, 30ms);
  }
  size_t Asked() const {
    return static_cast<size_t>(std::count_if(transport.heads.begin(), transport.heads.end(),
                                             [](const auto &head) { return head.target == "/v1.41/info"; }));
  }

  std::shared_ptr<FakeDisk> disk = std::make_shared<FakeDisk>();
  FakeClock clock;
  EventLoop loop{clock};
  ReadyOutcome version = MakeJsonResponse(200, R"({"Version":"20.10.24","ApiVersion":"1.41"})");
  ReadyOutcome info = MakeJsonResponse(200, R"({"Containers":3,"DockerRootDir":"/data/docker","Plugins":{"x":[1]}})");
  FakeHandler transport{loop,
                        [this](const Request &request) { return request.head.target == "/version" ? version : info; }};
  DockerEngine engine{loop, transport};
};

}  // namespace

TEST_CASE("DiskUsage: measures where the engine keeps its data", "[metrics]") {
  Fixture f;
  DiskUsage usage = f.Make();
  CHECK(usage.Sample().total == 0);
  REQUIRE(f.UntilTotal(usage, 100));
  CHECK(usage.Sample().free == 40);
  CHECK(usage.Sample().used == 60);
  CHECK(f.Asked() == 1);
  f.disk->total = 200;
  CHECK(f.UntilTotal(usage, 200));
  CHECK(f.Asked() == 1);
}

TEST_CASE("DiskUsage: does not ask an engine that is not there", "[metrics]") {
  Fixture f;
  f.version = kGone;
  DiskUsage usage = f.Make();
  RunFor(f.loop, 30ms);
  CHECK(usage.Sample().total == 0);
  RunFor(f.loop, 30ms);
  CHECK(f.Asked() == 0);
}

TEST_CASE("DiskUsage: asks again after an answer that does not help", "[metrics]") {
  Fixture f;
  const auto good = f.info;
  f.info = GENERATE(ReadyOutcome(kGone), ReadyOutcome(MakeTextResponse(500, "no")),
                    ReadyOutcome(MakeJsonResponse(200, "{")), ReadyOutcome(MakeJsonResponse(200, "{}")),
                    ReadyOutcome(MakeJsonResponse(200, R"({"DockerRootDir":"data/docker"})")),
                    ReadyOutcome(MakeJsonResponse(200, R"({"DockerRootDir":7})")));
  DiskUsage usage = f.Make();
  REQUIRE(f.Until([&] { return f.Asked() == 1; }));
  RunFor(f.loop, 30ms);
  CHECK(usage.Sample().total == 0);
  CHECK(f.disk->begun == 0);
  f.info = good;
  CHECK(f.UntilTotal(usage, 100));
}

TEST_CASE("DiskUsage: keeps the last answer while the disk hangs, and does not ask twice", "[metrics]") {
  Fixture f;
  DiskUsage usage = f.Make();
  REQUIRE(f.UntilTotal(usage, 100));
  REQUIRE(f.Until([&] { return f.disk->begun == f.disk->ended; }));
  RunFor(f.loop, 30ms);
  f.disk->hangs = true;
  f.disk->total = 300;
  const unsigned begun = f.disk->begun;
  usage.Sample();
  REQUIRE(f.Until([&] { return f.disk->begun == begun + 1; }));
  for (int i = 0; i < 5; ++i) {
    RunFor(f.loop, 10ms);
    CHECK(usage.Sample().total == 100);
  }
  CHECK(f.disk->begun == begun + 1);
  f.disk->hangs = false;
  CHECK(f.UntilTotal(usage, 300));
}

TEST_CASE("DiskUsage: can go while the disk hangs", "[metrics]") {
  Fixture f;
  f.engine.Start();
  std::optional<DiskUsage> usage(std::in_place, f.loop, f.engine,
                                 [disk = f.disk](const std::string &) { return disk->Measure(); });
  f.disk->hangs = true;
  REQUIRE(f.Until([&] { return f.disk->begun == 1; }));
  usage.reset();
  f.disk->hangs = false;
  CHECK(f.Until([&] { return f.disk->ended == 1; }));
  f.engine.Recheck();
  f.Advance(1min);
  CHECK(f.Asked() == 1);
}

TEST_CASE("DiskUsage: an engine that comes back may keep its data elsewhere", "[metrics]") {
  Fixture f;
  DiskUsage usage = f.Make();
  REQUIRE(f.UntilTotal(usage, 100));
  f.version = kGone;
  f.engine.Recheck();
  f.Advance(1min);
  REQUIRE_FALSE(f.engine.IsUp());
  CHECK(usage.Sample().total == 100);
  f.version = MakeJsonResponse(200, R"({"Version":"24.0.0","ApiVersion":"1.41"})");
  f.info = MakeJsonResponse(200, R"({"DockerRootDir":"/not/here"})");
  f.Advance(1min);
  REQUIRE(f.engine.IsUp());
  CHECK(f.UntilTotal(usage, 0));
  CHECK(f.Asked() == 2);
}

TEST_CASE("DiskUsage: measures a real file system", "[metrics]") {
  TempDir directory;
  const auto space = MeasureSpace(directory.Path());
  CHECK(space.total > 0);
  CHECK(space.free <= space.total);
  CHECK(space.used == space.total - space.free);
  CHECK(MeasureSpace(directory.Join("absent")).total == 0);
}
