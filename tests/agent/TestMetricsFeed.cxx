// SPDX-License-Identifier: Apache-2.0
#include "agent/MetricsFeed.hxx"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/JsonValue.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/FakeHandler.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

/** A session that writes down what it gets. */
struct RecordingSender final : FrameSender {
  Flow SendFrame(std::string_view type, std::string_view data) override {
    CHECK(type == "metrics");
    frames.emplace_back(data);
    return flow;
  }
  size_t MaxFrameSize() const override { return 1 << 20; }

  std::vector<std::string> frames;
  Flow flow = Flow::Go;
};

/** A host in a directory, an engine that keeps its data there, and a clock that stands still. */
struct Fixture {
  Fixture() {
    std::filesystem::create_directories(directory.Path() / "1/net");
    SetCpu(1000, 8000);
    directory.Write("meminfo", "MemTotal: 8192000 kB\nMemAvailable: 2048000 kB\n");
    directory.Write("1/net/dev", "eth0: 2000000 0 0 0 0 0 0 0 1000000\n");
    directory.Write("uptime", "3661.42 7200.00\n");
    engine.Start();
    Run();
  }

  void SetCpu(int user, int idle) {
    directory.Write("stat", "cpu  " + std::to_string(user) + " 0 0 " + std::to_string(idle) + " 0 0 0 0\n");
  }
  void Run() {
    loop.RunOnce(Duration::zero());
    loop.RunOnce(Duration::zero());
  }
  void Advance(Duration step) {
    clock.Advance(step);
    Run();
  }
  void Ready(MetricsFeed &feed) {
    feed.OnSessionReady(sender, {});
    Run();
  }
  size_t Frames() const { return sender.frames.size(); }

  TempDir directory;
  FakeClock clock;
  EventLoop loop{clock};
  FakeHandler transport{loop, [this](const Request &request) {
                          if (request.head.target == "/version")
                            return MakeJsonResponse(200, R"({"ApiVersion":"1.41"})");
                          return MakeJsonResponse(200, R"({"DockerRootDir":")" + directory.Path().string() + R"("})");
                        }};
  DockerEngine engine{loop, transport};
  HostCollector host{loop, engine, {directory.Path(), true}};
  RecordingSender sender;
};

}  // namespace

TEST_CASE("MetricsFeed: a frame has all fields in their order", "[metrics]") {
  Fixture f;
  MetricsFeed feed(f.loop, f.host, 30s);
  f.Ready(feed);
  feed.OnContainersSynced();
  f.Run();
  REQUIRE(f.Frames() == 1);
  CHECK(f.sender.frames[0] == R"({"cpuUsage":0,"cpuCores":)" + std::to_string(CpuCores()) +
                                  R"(,"memoryTotal":8388608000,"memoryUsed":6291456000,"memoryFree":2097152000,)"
                                  R"("diskTotal":0,"diskUsed":0,"diskFree":0,)"
                                  R"("networkRxBytes":2000000,"networkTxBytes":1000000,"uptime":3661})");
}

TEST_CASE("MetricsFeed: all fields are there when nothing can be known", "[metrics]") {
  Fixture f;
  HostCollector nowhere(f.loop, f.engine, {"/nonexistent", true});
  MetricsFeed feed(f.loop, nowhere, 30s);
  f.Ready(feed);
  f.Advance(10s);
  REQUIRE(f.Frames() == 1);
  const auto frame = ParseJson(f.sender.frames[0]);
  REQUIRE(frame.has_value());
  CHECK(frame->Members().size() == 11);
  for (const auto &member : frame->Members()) {
    CAPTURE(member.key);
    CHECK(member.value.AsDouble() == (member.key == "cpuCores" ? CpuCores() : 0.0));
  }
}

TEST_CASE("MetricsFeed: the load since the frame before", "[metrics]") {
  Fixture f;
  MetricsFeed feed(f.loop, f.host, 30s);
  f.Ready(feed);
  f.Advance(10s);
  f.SetCpu(1250, 8750);
  f.Advance(30s);
  REQUIRE(f.Frames() == 2);
  CHECK((*ParseJson(f.sender.frames[1]))["cpuUsage"].AsDouble() == Approx(25));
}

TEST_CASE("MetricsFeed: the disk of the engine", "[metrics]") {
  Fixture f;
  const bool skip = GENERATE(false, true);
  HostCollector host(f.loop, f.engine, {f.directory.Path(), skip});
  MetricsFeed feed(f.loop, host, 30s);
  f.Ready(feed);
  RunFor(f.loop, 100ms);
  feed.OnContainersSynced();
  const auto disk_total = [&] { return (*ParseJson(f.sender.frames.back()))["diskTotal"].AsInt().value_or(-1); };
  if (skip) {
    f.Run();
    CHECK(disk_total() == 0);
    CHECK(f.transport.heads.size() == 1);
  } else {
    CHECK(RunUntil(f.loop, [&] {
      f.clock.Advance(30s);
      return f.Frames() > 0 && disk_total() > 0;
    }));
    CHECK(static_cast<uint64_t>(disk_total()) == MeasureSpace(f.directory.Path()).total);
  }
}

TEST_CASE("MetricsFeed: the first frame waits for the containers, then every interval", "[metrics]") {
  Fixture f;
  MetricsFeed feed(f.loop, f.host, 30s);
  f.Ready(feed);
  f.Advance(3s);
  CHECK(f.Frames() == 0);
  feed.OnContainersSynced();
  CHECK(f.Frames() == 0);
  f.Run();
  CHECK(f.Frames() == 1);
  feed.OnContainersSynced();
  f.Run();
  CHECK(f.Frames() == 1);
  f.Advance(29s);
  CHECK(f.Frames() == 1);
  f.Advance(1s);
  CHECK(f.Frames() == 2);
  f.Advance(30s);
  CHECK(f.Frames() == 3);
}

TEST_CASE("MetricsFeed: without word of the containers the first frame comes after 10 s", "[metrics]") {
  Fixture f;
  MetricsFeed feed(f.loop, f.host, 30s);
  f.Ready(feed);
  f.Advance(9s);
  CHECK(f.Frames() == 0);
  f.Advance(1s);
  CHECK(f.Frames() == 1);
  feed.OnContainersSynced();
  f.Run();
  CHECK(f.Frames() == 1);
  f.Advance(30s);
  CHECK(f.Frames() == 2);
}

TEST_CASE("MetricsFeed: leaves samples out while the session is full", "[metrics]") {
  Fixture f;
  MetricsFeed feed(f.loop, f.host, 30s);
  f.Ready(feed);
  f.sender.flow = Flow::Wait;
  f.Advance(10s);
  CHECK(f.Frames() == 1);
  f.Advance(30s);
  f.Advance(30s);
  CHECK(f.Frames() == 1);
  f.sender.flow = Flow::Go;
  feed.OnSendable();
  f.Run();
  CHECK(f.Frames() == 1);
  f.Advance(30s);
  f.Advance(30s);
  CHECK(f.Frames() == 3);
}

TEST_CASE("MetricsFeed: is silent between sessions and starts afresh in the next", "[metrics]") {
  Fixture f;
  MetricsFeed feed(f.loop, f.host, 30s);
  feed.OnContainersSynced();
  f.Advance(1min);
  CHECK(f.Frames() == 0);
  f.Ready(feed);
  f.sender.flow = Flow::Wait;
  f.Advance(10s);
  CHECK(f.Frames() == 1);
  feed.OnSessionEnded();
  feed.OnContainersSynced();
  f.Advance(5min);
  CHECK(f.Frames() == 1);

  f.sender.flow = Flow::Go;
  f.Ready(feed);
  f.Advance(9s);
  CHECK(f.Frames() == 1);
  feed.OnContainersSynced();
  f.Run();
  CHECK(f.Frames() == 2);
}
