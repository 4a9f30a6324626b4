// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerFeed.hxx"

#include <fmt/format.h>

#include <catch2/catch.hpp>

#include "agent/MetricsFeed.hxx"
#include "tests/agent/InventoryFixture.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

/** What the session would send. */
class RecordingSender final : public FrameSender {
 public:
  Flow SendFrame(std::string_view type, std::string_view data) override {
    types += std::string(type) + " ";
    last = data;
    return full ? Flow::Wait : Flow::Go;
  }
  size_t MaxFrameSize() const override { return max_size; }
  std::string Types() { return std::exchange(types, {}); }

  std::string types;
  std::string last;
  bool full = false;
  size_t max_size = 1024 * 1024;
};

class Fixture : public InventoryFixture {
 public:
  void Start(const Dialect &dialect = kPortwingDialect) {
    InventorySettings settings;
    if (!dialect.nests_container_image) settings.form.shape = ContainerShape::Flat;
    MakeInventory(settings);
    feed.emplace(loop, *inventory, dialect);
    feed->SetOnSynced([this] { ++synced; });
    StartInventory();
  }
  void StartEngine() {
    engine.Start();
    Settle();
  }

  RecordingSender sender;
  int synced = 0;
  std::optional<ContainerFeed> feed;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "ContainerFeed: components, then containers, then changes", "[feed]") {
  SetContainer("a", "one");
  Start();
  StartEngine();
  feed->OnSessionReady(sender, {});
  CHECK(sender.Types() == "dd:component_sync dd:container_sync ");
  CHECK(sender.last.find(R"({"containers":[{"id":"a")") == 0);
  CHECK(synced == 1);
  SetContainer("a", "one", "exited");
  SendEvent("a", "die");
  Advance(1s);
  CHECK(sender.Types() == "dd:container_updated ");
  feed->OnContainerDeleted("a");
  CHECK(sender.Types() == "dd:container_removed ");
  CHECK(sender.last == R"({"id":"a","name":"one"})");
  feed->OnSessionEnded();
  SetContainer("b", "two");
  SendEvent("b", "create");
  Advance(1s);
  CHECK(sender.Types().empty());
}

TEST_CASE_METHOD(Fixture, "ContainerFeed: the last containers went without a session, and the controller hears of it",
                 "[feed]") {
  SetContainer("a", "one");
  SetContainer("b", "two");
  Start();
  StartEngine();
  feed->OnSessionReady(sender, {});
  sender.full = true;
  feed->OnContainerDeleted("a");
  sender.Types();
  feed->OnContainerDeleted("b");
  CHECK(sender.Types().empty());
  SECTION("when the next session begins") {
    feed->OnSessionEnded();
    sender.full = false;
    feed->OnSessionReady(sender, {});
    CHECK(sender.Types() == "dd:component_sync dd:container_sync dd:container_removed dd:container_removed ");
    CHECK(sender.last == R"({"id":"b","name":"two"})");
  }
  SECTION("also after one that did not come to it") {
    feed->OnSessionEnded();
    feed->OnSessionReady(sender, {});
    feed->OnSessionEnded();
    sender.full = false;
    feed->OnSessionReady(sender, {});
    sender.Types();
    CHECK(sender.last == R"({"id":"b","name":"two"})");
  }
  SECTION("but not where the list says so") {
    feed->OnSessionEnded();
    SetContainer("c", "three");
    SendEvent("c", "create");
    Advance(1s);
    sender.full = false;
    feed->OnSessionReady(sender, {});
    CHECK(sender.Types() == "dd:component_sync dd:container_sync ");
  }
}

TEST_CASE_METHOD(Fixture, "ContainerFeed: what was told last may have been lost with the session", "[feed]") {
  for (int i = 0; i < 300; ++i) SetContainer(fmt::format("c{:03}", i), "n");
  Start();
  StartEngine();
  feed->OnSessionReady(sender, {});
  for (int i = 0; i < 300; ++i) feed->OnContainerDeleted(fmt::format("c{:03}", i));
  feed->OnSessionEnded();
  sender.Types();
  feed->OnSessionReady(sender, {});
  const std::string types = sender.Types();
  const std::string removed = "dd:container_removed ";
  CHECK(types.size() == std::string("dd:component_sync dd:container_sync ").size() + 256 * removed.size());
  CHECK(sender.last == R"({"id":"c299","name":"n"})");
}

TEST_CASE_METHOD(Fixture, "ContainerFeed: the component says that the controller watches through us", "[feed]") {
  Start();
  feed->OnSessionReady(sender, {});
  CHECK(sender.last.find(R"("events":"portwing","execution":"controller","transport":"docker-api")") !=
        std::string::npos);
  CHECK(sender.last.find(R"("triggers":[])") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "ContainerFeed: the other dialect wants the containers first", "[feed]") {
  Start(kLookoutDialect);
  StartEngine();
  feed->OnSessionReady(sender, {});
  CHECK(sender.Types() == "dd:container_sync dd:component_sync ");
}

TEST_CASE_METHOD(Fixture, "ContainerFeed: without an engine an empty list comes after a while, the true one later",
                 "[feed]") {
  SetContainer("a", "one");
  Start();
  feed->OnSessionReady(sender, {});
  CHECK(sender.Types() == "dd:component_sync ");
  Advance(5s);
  CHECK(sender.Types() == "dd:container_sync ");
  CHECK(sender.last == R"({"containers":[]})");
  StartEngine();
  CHECK(sender.Types() == "dd:container_sync ");
  CHECK(sender.last.find("\"id\":\"a\"") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "ContainerFeed: an empty list comes at once when the engine is known to be away", "[feed]") {
  SetContainer("a", "one");
  away = true;
  Start();
  StartEngine();
  feed->OnSessionReady(sender, {});
  CHECK(sender.Types() == "dd:component_sync dd:container_sync ");
  CHECK(sender.last == R"({"containers":[]})");
  CHECK(synced == 1);
  away = false;
  Advance(10s);
  CHECK(sender.Types() == "dd:container_sync ");
  CHECK(sender.last.find("\"id\":\"a\"") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "ContainerFeed: the other dialect wants a list first even before there is one", "[feed]") {
  SetContainer("a", "one");
  Start(kLookoutDialect);
  feed->OnSessionReady(sender, {});
  CHECK(sender.Types() == "dd:container_sync dd:component_sync ");
  StartEngine();
  CHECK(sender.Types() == "dd:container_sync ");
}

TEST_CASE_METHOD(Fixture, "ContainerFeed: a container that no message can hold is left out, not the others", "[feed]") {
  SetContainer("a", std::string(3000, 'n'));
  SetContainer("b", "two");
  Start();
  StartEngine();
  sender.max_size = 2000;
  feed->OnSessionReady(sender, {});
  CHECK(sender.Types() == "dd:component_sync dd:container_sync ");
  CHECK(sender.last.find("\"id\":\"b\"") != std::string::npos);
  CHECK(sender.last.find("\"id\":\"a\"") == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "ContainerFeed: what does not fit into the list follows one by one", "[feed]") {
  for (int i = 0; i < 10; ++i) SetContainer("c" + std::to_string(i), "n");
  Start();
  StartEngine();
  sender.max_size = 3 * 700;
  feed->OnSessionReady(sender, {});
  const std::string types = sender.Types();
  CHECK(types.find("dd:component_sync dd:container_sync dd:container_added") == 0);
  const auto count = [&](std::string_view word) {
    size_t found = 0;
    for (size_t at = types.find(word); at != std::string::npos; at = types.find(word, at + 1)) ++found;
    return found;
  };
  CHECK(count("dd:container_sync") == 1);
  CHECK(count("dd:container_added") >= 5);
  CHECK(count("dd:container_added") <= 9);
}

TEST_CASE_METHOD(Fixture, "ContainerFeed: while the connection is full, changes wait as one for each container",
                 "[feed]") {
  SetContainer("a", "one");
  Start();
  StartEngine();
  sender.full = true;
  feed->OnSessionReady(sender, {});
  sender.Types();
  for (const auto state : {"paused", "running", "exited"}) {
    SetContainer("a", "one", state);
    SendEvent("a", "update");
    Advance(1s);
  }
  CHECK(sender.Types().empty());
  sender.full = false;
  feed->OnSendable();
  CHECK(sender.Types() == "dd:container_updated ");
  CHECK(sender.last.find("exited") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "MetricsFeed: after the containers, then at each interval", "[feed]") {
  HostCollector host(loop, engine, {"/proc", false});
  MetricsFeed metrics(loop, host, 30s);
  StartEngine();
  metrics.OnSessionReady(sender, {});
  Settle();
  CHECK(sender.Types().empty());
  metrics.OnContainersSynced();
  Settle();
  CHECK(sender.Types() == "metrics ");
  for (const auto key : {"cpuUsage", "cpuCores", "memoryTotal", "memoryUsed", "memoryFree", "diskTotal", "diskUsed",
                         "diskFree", "networkRxBytes", "networkTxBytes", "uptime"}) {
    CHECK(sender.last.find(std::string("\"").append(key).append("\":")) != std::string::npos);
  }
  metrics.OnContainersSynced();
  Settle();
  CHECK(sender.Types().empty());
  Advance(30s);
  CHECK(sender.Types() == "metrics ");
  sender.full = true;
  Advance(30s);
  Advance(30s);
  CHECK(sender.Types() == "metrics ");
  metrics.OnSessionEnded();
  Advance(1h);
  CHECK(sender.Types().empty());
}

TEST_CASE_METHOD(Fixture, "MetricsFeed: does not wait for containers for ever", "[feed]") {
  HostCollector host(loop, engine, {"/proc", true});
  MetricsFeed metrics(loop, host, 30s);
  metrics.OnSessionReady(sender, {});
  Advance(10s);
  CHECK(sender.Types() == "metrics ");
  CHECK(sender.last.find("\"diskTotal\":0") != std::string::npos);
}

TEST_CASE("DiskUsage: measures a file system, and nothing where there is none", "[feed]") {
  CHECK(MeasureSpace("/").total > 0);
  CHECK(MeasureSpace("/").used <= MeasureSpace("/").total);
  CHECK(MeasureSpace("/does/not/exist").total == 0);
}
