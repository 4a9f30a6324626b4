// SPDX-License-Identifier: Apache-2.0
#include "agent/GenericAdapter.hxx"

#include <fmt/core.h>

#include <catch2/catch.hpp>

#include "tests/agent/AdapterFixture.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

class Fixture : public AdapterFixture {
 public:
  Fixture() {
    SetContainer("a", "one");
    MakeService(Adapter::Generic);
  }
  /** The data of the frames, one a line, without their ids. */
  static std::string DataOf(const std::string &frames) {
    std::string data;
    for (size_t at = frames.find("data: "); at != std::string::npos; at = frames.find("data: ", at + 1)) {
      data += frames.substr(at + 6, frames.find('\n', at) - at - 6) + "\n";
    }
    return data;
  }
  static std::string LastId(const std::string &frames) {
    const size_t at = frames.rfind("id: ");
    REQUIRE(at != std::string::npos);
    return frames.substr(at + 4, frames.find('\n', at) - at - 4);
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "GenericAdapter: version and containers", "[adapter]") {
  StartEngine();
  Client &version = Ask("GET", "/api/v1/version");
  CHECK(version.Header("Content-Type") == "application/json");
  CHECK(version.sink.body.ends_with(R"(","protocolName":"portwing","protocolVersion":"1.0","adapter":"generic"})"
                                    "\n"));
  CHECK(version.sink.body.starts_with(R"({"agentVersion":")"));
  config.dialect = &kLookoutDialect;
  CHECK(Ask("GET", "/api/v1/version").sink.body.find(R"("protocolName":"lookout")") != std::string::npos);
  Client &list = Ask("GET", "/api/v1/containers");
  const auto json = ParseJson(list.sink.body);
  REQUIRE(json);
  CHECK(json->Items().at(0)["image"]["tag"].AsString() == "1");
  CHECK(json->Items().at(0)["image"]["registry"].AsString() == "docker.io");
  CHECK(json->Items().at(0)["updateKind"].AsString() == "unknown");
}

TEST_CASE_METHOD(Fixture, "GenericAdapter: logs, and nothing of the other adapter", "[adapter]") {
  StartEngine();
  held_path = "/containers/a/logs";
  Client &logs = Ask("GET", "/api/v1/containers/a/logs?tail=3");
  REQUIRE(held != nullptr);
  held->Answer(404, R"({"message":"gone"})");
  Settle();
  CHECK(logs.sink.body == "getting logs: container logs: docker error (status 404): gone\n");
  for (const auto *const path :
       {"/api/containers", "/api/events", "/api/v1/containers/a", "/api/v1/", "/api/v2/version"}) {
    CHECK(service->Routes().Find(path) == nullptr);
  }
  CHECK(Ask("DELETE", "/api/v1/containers").Status() == 405);
}

TEST_CASE("GenericEvents: which events there are", "[adapter]") {
  const auto [action, wanted] = GENERATE(table<const char *, bool>({
      {"create", true},
      {"start", true},
      {"stop", true},
      {"die", true},
      {"kill", true},
      {"restart", true},
      {"pause", true},
      {"unpause", true},
      {"destroy", true},
      {"rename", true},
      {"update", true},
      {"oom", true},
      {"health_status", true},
      {"health_status: healthy", true},
      {"health_statuses", false},
      {"exec_create: sh -c secret", false},
      {"exec_start: sh", false},
      {"attach", false},
      {"top", false},
      {"", false},
      {"Start", false},
      {"resize", false},
  }));
  CAPTURE(action);
  CHECK(IsContainerAction(action) == wanted);
}

TEST_CASE("GenericEvents: how an event is written", "[adapter]") {
  const auto event = ParseDockerEvent(
      R"({"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":{"zone":"b","name":"web","image":"app:1",)"
      R"("exitCode":"137","signal":"9","execID":"e","maintainer":"m","org.opencontainers.image.created":"x",)"
      R"("org.opencontainers.image.revision":"x","org.opencontainers.image.source":"x",)"
      R"("org.opencontainers.image.title":"x","org.opencontainers.image.url":"x",)"
      R"("org.opencontainers.image.version":"x","org.opencontainers.image.vendor":"v","app":"<a>"}},)"
      R"("time":1700000000,"timeNano":1700000000900000000})");
  REQUIRE(event);
  CHECK(WriteGenericEvent(*event) ==
        R"({"ts":"2023-11-14T22:13:20Z","type":"container","action":"die","containerId":"c1","name":"web",)"
        R"("image":"app:1","labels":{"app":"<a>","org.opencontainers.image.vendor":"v","zone":"b"}})");
  const auto bare = ParseDockerEvent(R"({"Type":"container","Action":"die","Actor":{"ID":"c"},"time":1700000000})");
  REQUIRE(bare);
  CHECK(WriteGenericEvent(*bare) ==
        R"({"ts":"2023-11-14T22:13:20Z","type":"container","action":"die","containerId":"c","name":"","image":""})");
}

TEST_CASE_METHOD(Fixture, "GenericEvents: every client sees every event from one stream of the engine", "[adapter]") {
  StartEngine();
  Client &first = Ask("GET", "/api/v1/events");
  Client &second = Ask("GET", "/api/v1/events");
  CHECK(first.Header("Content-Type") == "text/event-stream");
  CHECK(first.Fresh().empty());
  for (const auto *const action : {"start", "exec_start: sh", "health_status: healthy", "die"}) SendEvent("a", action);
  const std::string text = first.Fresh();
  CHECK(second.Fresh() == text);
  CHECK(
      DataOf(text) ==
      R"({"ts":"2023-11-14T22:13:20Z","type":"container","action":"start","containerId":"a","name":"","image":""})"
      "\n"
      R"({"ts":"2023-11-14T22:13:20Z","type":"container","action":"health_status: healthy","containerId":"a","name":"","image":""})"
      "\n"
      R"({"ts":"2023-11-14T22:13:20Z","type":"container","action":"die","containerId":"a","name":"","image":""})"
      "\n");
  CHECK(LastId(text).ends_with("-3"));
  size_t streams = 0;
  for (const auto &call : script.calls)
    streams += call->request.head.target.find("/events?") != std::string::npos ? 1U : 0U;
  CHECK(streams == 1);
  Advance(EventStream::kHeartbeat);
  CHECK(first.Fresh() == ": heartbeat\n\n");
}

TEST_CASE_METHOD(Fixture, "GenericEvents: a gap in the engine's stream loses nothing, and repeats nothing",
                 "[adapter]") {
  StartEngine();
  Client &client = Ask("GET", "/api/v1/events");
  SendEvent("a", "start");
  LoseEvents();
  Advance(2s);
  REQUIRE(events != nullptr);
  CHECK(events_target.find("since=1700000000.123456789") != std::string::npos);
  next_event_time = 1700000000123456789;
  SendEvent("a", "start");  // the engine begins with the moment of `since`
  SendEvent("a", "die");
  const std::string data = DataOf(client.Fresh());
  CHECK(std::count(data.begin(), data.end(), '\n') == 2);
  CHECK(data.find("\"start\"") < data.find("\"die\""));
}

TEST_CASE_METHOD(Fixture, "GenericEvents: a client goes on behind the last event that it saw", "[adapter]") {
  StartEngine();
  SendEvent("a", "start");
  Client &first = Ask("GET", "/api/v1/events");
  CHECK(first.Fresh().empty());
  SendEvent("a", "pause");
  const std::string id = LastId(first.Fresh());
  first.exchange.reset();
  SendEvent("a", "unpause");
  SendEvent("a", "die");
  Client &again = Ask("GET", "/api/v1/events", {{"Last-Event-ID", id}});
  const std::string data = DataOf(again.Fresh());
  CHECK(data.find("\"pause\"") == std::string::npos);
  CHECK(data.find("unpause") < data.find("die"));
  CHECK(DataOf(Ask("GET", "/api/v1/events", {{"Last-Event-ID", LastId(again.sink.body)}}).Fresh()).empty());
}

TEST_CASE_METHOD(Fixture, "GenericEvents: an id that is not known is no silent loss", "[adapter]") {
  StartEngine();
  SendEvent("a", "start");
  for (const auto *const id : {"1", "x-1", "-", "0-1", "18bcfe568ff-99", "99999999999999999999-1"}) {
    Client &client = Ask("GET", "/api/v1/events", {{"Last-Event-ID", id}});
    CHECK(client.Fresh() == ": events after that id may be missing: it is not known any more\n\n");
  }
  CHECK(Ask("GET", "/api/v1/events", {{"Last-Event-ID", ""}}).Fresh().empty());
}

TEST_CASE_METHOD(Fixture, "GenericEvents: a client that falls behind is ended, others see everything", "[adapter]") {
  StartEngine();
  Client &slow = Ask("GET", "/api/v1/events");
  Client &fast = Ask("GET", "/api/v1/events");
  slow.sink.flow = Flow::Wait;
  SendEvent("a", "start");
  const std::string id = LastId(slow.Fresh());
  for (size_t i = 0; i < GenericEvents::kMaxKept; ++i) PushEvent("a", "kill");
  Settle();
  CHECK(slow.Fresh().empty());
  slow.sink.flow = Flow::Go;
  SECTION("just not") {
    slow.exchange->Resume();
    Settle();
    CHECK_FALSE(slow.sink.ended);
    CHECK(LastId(slow.Fresh()) == LastId(fast.Fresh()));
  }
  SECTION("by one") {
    SendEvent("a", "die");
    slow.exchange->Resume();
    Settle();
    CHECK(slow.Fresh() == ": stream ended: the client takes events more slowly than they come\n\n");
    CHECK(slow.sink.ended);
    CHECK_FALSE(fast.sink.ended);
    CHECK(LastId(fast.Fresh()).ends_with(fmt::format("-{}", GenericEvents::kMaxKept + 2)));
    CHECK(Ask("GET", "/api/v1/events", {{"Last-Event-ID", id}}).Fresh().starts_with(": events after that id"));
  }
}

TEST_CASE_METHOD(Fixture, "GenericEvents: large events are kept by size, not by number", "[adapter]") {
  StartEngine();
  const std::string label(500 * 1024, 'x');
  Client &slow = Ask("GET", "/api/v1/events");
  slow.sink.flow = Flow::Wait;
  SendEvent("a", "start");
  for (size_t i = 0; i < 10; ++i) {
    events->sink->OnData(fmt::format(
        R"({{"Type":"container","Action":"kill","Actor":{{"ID":"a","Attributes":{{"l":"{}"}}}},"timeNano":{}}})"
        "\n",
        label, next_event_time++));
    Settle();
  }
  slow.sink.flow = Flow::Go;
  slow.exchange->Resume();
  Settle();
  CHECK(slow.sink.ended);
}

TEST_CASE_METHOD(Fixture, "GenericEvents: the agent's end is said to every client", "[adapter]") {
  StartEngine();
  Client &client = Ask("GET", "/api/v1/events");
  service->Shutdown();
  Settle();
  CHECK(client.Fresh() == ": stream ended: the agent is shutting down\n\n");
  CHECK(client.sink.ended);
}
