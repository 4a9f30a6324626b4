// SPDX-License-Identifier: Apache-2.0
#include "agent/DrydockEvents.hxx"

#include <catch2/catch.hpp>

#include "tests/agent/AdapterFixture.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

class Fixture : public AdapterFixture {
 public:
  Fixture() {
    SetContainer("a", "one");
    SetContainer("b", "two", "exited");
    MakeService(Adapter::Drydock);
  }
  /** An event, and the look that it causes. */
  void Change(const std::string &id, const std::string &action) {
    SendEvent(id, action);
    Advance(1s);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "DrydockEvents: acknowledgement, snapshot, then each change and a snapshot", "[adapter]") {
  StartEngine();
  Client &client = Ask("GET", "/api/events");
  CHECK(client.Status() == 200);
  CHECK(client.Header("Content-Type") == "text/event-stream");
  CHECK(client.Header("Cache-Control") == "no-cache");
  CHECK(client.FreshTypes() == "dd:ack dd:watcher-snapshot ");
  SetContainer("a", "one", "exited");
  Change("a", "die");
  CHECK(client.FreshTypes() == "dd:container-updated ");
  Advance(300ms);
  CHECK(client.FreshTypes() == "dd:watcher-snapshot ");
  SetContainer("c", "three");
  Change("c", "start");
  CHECK(client.FreshTypes() == "dd:container-added ");
  containers.erase("b");
  SendEvent("b", "destroy");
  CHECK(client.Fresh() == "data: {\"type\":\"dd:container-removed\",\"data\":{\"id\":\"b\",\"name\":\"two\"}}\n\n");
  Advance(2s);
  const std::string snapshot = client.Fresh();
  CHECK(snapshot.starts_with("data: {\"data\":{\"containers\":[{\"id\":\"a\""));
  CHECK(snapshot.find("{\"id\":\"c\"") != std::string::npos);
  CHECK(snapshot.find("{\"id\":\"b\"") == std::string::npos);
  CHECK(snapshot.find("],\"watcher\":{\"type\":\"docker\",\"name\":\"docker\"") != std::string::npos);
  CHECK(snapshot.ends_with(",\"type\":\"dd:watcher-snapshot\"}\n\n"));
  Advance(10s);
  CHECK(client.Fresh().empty());
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: the acknowledgement says what there is", "[adapter]") {
  config.log_level = LogLevel::Debug;
  StartEngine();
  Advance(90s);
  const std::string text = Ask("GET", "/api/events").Fresh();
  const std::string ack = text.substr(6, text.find("\n\n") - 6);
  const auto json = ParseJson(ack);
  REQUIRE(json);
  CHECK((*json)["type"].AsString() == "dd:ack");
  const auto &data = (*json)["data"];
  CHECK_FALSE(data["version"].AsString().empty());
  CHECK(data["os"].AsString() == "linux");
  CHECK(data["arch"].AsString() == "amd64");
  CHECK(data["cpus"].AsInt().value_or(0) > 0);
  CHECK(data["memoryGb"].AsDouble().value_or(0) > 0);
  CHECK(data["uptimeSeconds"].AsInt() == 90);
  CHECK(data["lastSeen"].AsString().size() == 20);
  CHECK(data["logLevel"].AsString() == "debug");
  CHECK(data["pollInterval"].AsString() == "5m0s");
  CHECK(data["containers"].Raw() == R"({"total":2,"running":1,"stopped":1})");
  CHECK(data["images"].AsInt() == 1);
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: says nothing of containers that are not known yet", "[adapter]") {
  away = true;
  StartEngine();
  Client &client = Ask("GET", "/api/events");
  CHECK(client.Status() == 200);
  CHECK(client.Fresh().empty());
  Advance(EventStream::kHeartbeat);
  CHECK(client.Fresh() == ": heartbeat\n\n");
  away = false;
  Advance(10s);
  Advance(1s);
  CHECK(client.FreshTypes() == "dd:ack dd:watcher-snapshot ");
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: an engine that goes away takes no container along", "[adapter]") {
  StartEngine();
  Client &client = Ask("GET", "/api/events");
  client.Fresh();
  away = true;
  LoseEvents();
  Advance(60s);
  CHECK(client.Fresh().find("data:") == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: snapshots of a burst are gathered", "[adapter]") {
  StartEngine();
  Client &client = Ask("GET", "/api/events");
  client.Fresh();
  size_t snapshots = 0;
  size_t changes = 0;
  for (int i = 0; i < 40; ++i) {
    SetContainer("a", "one" + std::to_string(i));
    SendEvent("a", "rename");
    Advance(250ms);
    const std::string types = client.FreshTypes();
    snapshots += types.find("snapshot") != std::string::npos ? 1U : 0U;
    changes += types.find("updated") != std::string::npos ? 1U : 0U;
  }
  CHECK(changes >= 4);
  CHECK(snapshots >= 2);
  CHECK(snapshots <= 6);
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: heartbeats while nothing happens, never inside a frame", "[adapter]") {
  StartEngine();
  Client &client = Ask("GET", "/api/events");
  client.Fresh();
  for (int i = 0; i < 3; ++i) {
    Advance(EventStream::kHeartbeat);
    CHECK(client.Fresh() == ": heartbeat\n\n");
  }
  client.sink.flow = Flow::Wait;
  Advance(EventStream::kHeartbeat);
  CHECK(client.Fresh() == ": heartbeat\n\n");
  Advance(EventStream::kHeartbeat);
  CHECK(client.Fresh().empty());
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: a slow client is told the latest of each container", "[adapter]") {
  StartEngine();
  Client &slow = Ask("GET", "/api/events");
  Client &fast = Ask("GET", "/api/events");
  slow.Fresh();
  slow.sink.flow = Flow::Wait;
  SetContainer("a", "one", "paused");
  Change("a", "pause");
  CHECK(slow.FreshTypes() == "dd:container-updated ");
  SetContainer("a", "one", "exited");
  Change("a", "die");
  SetContainer("a", "one", "running");
  Change("a", "start");
  SetContainer("b", "renamed", "exited");
  Change("b", "rename");
  CHECK(slow.Fresh().empty());
  CHECK(fast.FreshTypes().find("snapshot dd:container-updated dd:container-updated") != std::string::npos);
  slow.sink.flow = Flow::Go;
  slow.exchange->Resume();
  Settle();
  const std::string text = slow.Fresh();
  CHECK(text.find("\"id\":\"a\"") < text.find("\"id\":\"b\""));
  CHECK(text.find("\"status\":\"running\"") < text.find("renamed"));
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: a client that takes nothing is ended, and is told why", "[adapter]") {
  StartEngine();
  Client &stuck = Ask("GET", "/api/events");
  Client &other = Ask("GET", "/api/events");
  stuck.Fresh();
  other.Fresh();
  stuck.sink.flow = Flow::Wait;
  SetContainer("a", "one", "exited");
  Change("a", "die");
  CHECK(stuck.FreshTypes() == "dd:container-updated ");
  Advance(2s);
  Advance(EventStream::kMaxStall - 3s);
  CHECK_FALSE(stuck.sink.ended);
  Advance(1s);
  CHECK(stuck.Fresh() == ": stream ended: the client takes nothing\n\n");
  CHECK(stuck.sink.ended);
  CHECK(other.FreshTypes() == "dd:container-updated dd:watcher-snapshot : heartbeat ");
  CHECK_FALSE(other.sink.ended);
  SetContainer("a", "one", "running");
  Change("a", "start");
  CHECK(stuck.Fresh().empty());
  CHECK(other.FreshTypes() == "dd:container-updated ");
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: a frame that is broken off is never completed", "[adapter]") {
  for (int i = 0; i < 400; ++i) SetContainer("c" + std::to_string(i), std::string(200, 'n'));
  StartEngine();
  Client &client = Begin("GET", "/api/events");
  int pieces = 0;
  client.sink.on_data = [&] { client.sink.flow = ++pieces == 2 ? Flow::Wait : Flow::Go; };
  Settle();
  CHECK(client.sink.body.size() > EventStream::kPiece);
  Advance(EventStream::kMaxStall);
  CHECK(client.sink.body.ends_with("\n: stream ended: the client takes nothing\n"));
  CHECK(client.FreshTypes().find("snapshot") == std::string::npos);
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: more changes than may wait end the stream", "[adapter]") {
  StartEngine();
  Client &client = Ask("GET", "/api/events");
  client.Fresh();
  client.sink.flow = Flow::Wait;
  SetContainer("a", "one", "exited");
  Change("a", "die");
  constexpr size_t kBatch = 512;
  for (size_t first = 0; first <= DrydockEvents::kMaxWaiting; first += kBatch) {
    CHECK_FALSE(client.sink.ended);
    containers.clear();
    for (size_t i = first; i < first + kBatch; ++i) SetContainer("x" + std::to_string(i), "n");
    for (const auto &[id, inspect] : containers) PushEvent(id, "create");
    Advance(1s);
    while (inventory->Containers().size() < kBatch) Settle();
    for (const auto &[id, inspect] : containers) PushEvent(id, "destroy");
  }
  Settle();
  CHECK(client.sink.ended);
  CHECK(client.Fresh().find(": stream ended: too many changes wait for the client\n\n") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: so many streams and no more; a place that is left can be taken",
                 "[adapter]") {
  StartEngine();
  for (size_t i = 0; i < EventStreams::kMaxStreams; ++i) CHECK(Ask("GET", "/api/events").Status() == 200);
  Client &refused = Ask("GET", "/api/events");
  CHECK(refused.Status() == 503);
  CHECK(refused.Header("Retry-After") == "10");
  CHECK(refused.sink.body == "too many event streams are open (at most 64); close one\n");
  clients.front().exchange.reset();
  CHECK(Ask("GET", "/api/events").Status() == 200);
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: HEAD takes no place", "[adapter]") {
  StartEngine();
  for (size_t i = 0; i <= EventStreams::kMaxStreams; ++i) {
    Client &client = Ask("HEAD", "/api/events");
    CHECK(client.Status() == 200);
    CHECK(client.sink.body.empty());
    CHECK(client.sink.ended);
  }
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: the agent's end is said to every client", "[adapter]") {
  StartEngine();
  Client &first = Ask("GET", "/api/events");
  Client &second = Ask("GET", "/api/events");
  first.Fresh();
  second.sink.flow = Flow::Wait;
  service->Shutdown();
  Settle();
  CHECK(first.Fresh() == ": stream ended: the agent is shutting down\n\n");
  CHECK(first.sink.ended);
  CHECK(second.sink.ended);
  Client &late = Ask("GET", "/api/events");
  CHECK(late.Status() == 503);
  CHECK(late.sink.body == "the agent is shutting down\n");
}

TEST_CASE_METHOD(Fixture, "DrydockEvents: clients that leave while others are told", "[adapter]") {
  StartEngine();
  Client &leaving = Ask("GET", "/api/events");
  Client &staying = Ask("GET", "/api/events");
  staying.Fresh();
  leaving.exchange.reset();
  SetContainer("a", "one", "exited");
  Change("a", "die");
  CHECK(staying.FreshTypes() == "dd:container-updated ");
}
