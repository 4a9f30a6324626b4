// SPDX-License-Identifier: Apache-2.0
#include "agent/DrydockAdapter.hxx"

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
};

constexpr const char *kWatcher =
    R"({"type":"docker","name":"docker","configuration":{"capabilities":["container-sync","labels"],)"
    R"("description":"Containers of a remote Docker host, watched by the controller","events":"portwing",)"
    R"("execution":"controller","transport":"docker-api"}})";
constexpr const char *kStub =
    R"({"error":"not implemented in v1.0","message":"registry checking is performed by the Drydock controller"})";

}  // namespace

TEST_CASE_METHOD(Fixture, "DrydockAdapter: the containers in the controller's form, markup escaped", "[adapter]") {
  SetContainer("c", "<&>");
  StartEngine();
  Client &client = Ask("GET", "/api/containers?x=1");
  CHECK(client.Status() == 200);
  CHECK(client.Header("Content-Type") == "application/json");
  CHECK(client.sink.body.ends_with("]\n"));
  CHECK(client.sink.body.find(R"("name":"\u003c\u0026\u003e")") != std::string::npos);
  const std::string body = client.sink.body;
  const auto json = ParseJson(body);
  REQUIRE(json);
  REQUIRE(json->Items().size() == 3);
  CHECK(json->Items()[0]["id"].AsString() == "a");
  CHECK(json->Items()[0]["image"]["tag"]["value"].AsString() == "1");
  CHECK(json->Items()[0]["updateKind"]["kind"].AsString() == "unknown");
  CHECK(json->Items()[1]["status"].AsString() == "exited");
}

TEST_CASE_METHOD(Fixture, "DrydockAdapter: no containers are an empty array", "[adapter]") {
  containers.clear();
  StartEngine();
  CHECK(Ask("GET", "/api/containers").sink.body == "[]\n");
}

TEST_CASE_METHOD(Fixture, "DrydockAdapter: the list waits until the containers are known, and not for ever",
                 "[adapter]") {
  Client &early = Ask("GET", "/api/containers");
  CHECK(early.Status() == 0);
  StartEngine();
  CHECK(early.Status() == 200);
  CHECK(early.sink.body.find("\"id\":\"b\"") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "DrydockAdapter: without an engine there is no list, rather than an empty one", "[adapter]") {
  away = true;
  StartEngine();
  Client &client = Ask("GET", "/api/containers");
  Advance(9s);
  CHECK(client.Status() == 0);
  Advance(1s);
  CHECK(client.Status() == 503);
  CHECK(client.Header("Retry-After") == "5");
  CHECK(client.sink.body.find("not known yet") != std::string::npos);
  away = false;
  Advance(30s);
  CHECK(client.sink.ended);
  CHECK(Ask("GET", "/api/containers").Status() == 200);
}

TEST_CASE_METHOD(Fixture, "DrydockAdapter: what is always the same", "[adapter]") {
  using Row = std::tuple<const char *, const char *, int, std::string>;
  const auto [method, path, status, body] = GENERATE(table<const char *, const char *, int, std::string>({
      Row{"GET", "/api/watchers", 200, std::string("[") + kWatcher + "]\n"},
      Row{"GET", "/api/watchers/docker/docker", 200, std::string(kWatcher) + "\n"},
      Row{"GET", "/api/watchers/DOCKER/Docker", 200, std::string(kWatcher) + "\n"},
      Row{"GET", "/api/watchers/docker/other", 404, "watcher docker/other not found\n"},
      Row{"GET", "/api/watchers/a%0Ab/docker", 404, "watcher a\\nb/docker not found\n"},
      Row{"GET", "/api/triggers", 200, "[]\n"},
      Row{"GET", "/api/log/entries?level=info", 200, "[]\n"},
      Row{"POST", "/api/watchers/docker/docker", 501, std::string(kStub) + "\n"},
      Row{"POST", "/api/watchers/docker/docker/container/a", 501, std::string(kStub) + "\n"},
      Row{"POST", "/api/triggers/docker/update", 501, std::string(kStub) + "\n"},
      Row{"POST", "/api/triggers/docker/update/batch", 501, std::string(kStub) + "\n"},
      Row{"PUT", "/api/watchers/docker/docker", 405, "method not allowed\n"},
      Row{"POST", "/api/containers", 405, "method not allowed\n"},
      Row{"DELETE", "/api/events", 405, "method not allowed\n"},
      Row{"GET", "/api/containers/a", 405, "method not allowed\n"},
      Row{"HEAD", "/api/triggers", 200, ""},
  }));
  CAPTURE(method, path);
  Client &client = Ask(method, path);
  CHECK(client.Status() == status);
  CHECK(client.sink.body == body);
  CHECK(client.sink.ended);
  const bool is_json = status == 200 || status == 501;
  CHECK(client.Header("Content-Type") == (is_json ? "application/json" : "text/plain; charset=utf-8"));
}

TEST_CASE_METHOD(Fixture, "DrydockAdapter: other paths are not its own", "[adapter]") {
  for (const auto *const path : {"/api", "/api/", "/api/v1/version", "/api/containers/", "/api/containers/a/b",
                                 "/api/watchers/docker", "/containers/json", "/api/portwing/enroll"}) {
    CAPTURE(path);
    CHECK(service->Routes().Find(path) == nullptr);
  }
}

TEST_CASE_METHOD(Fixture, "DrydockAdapter: a removal is known before it is answered", "[adapter]") {
  StartEngine();
  Client &events_client = Ask("GET", "/api/events");
  events_client.Fresh();
  held_path = "/containers/one";
  Client &client = Ask("DELETE", "/api/containers/one");
  REQUIRE(held != nullptr);
  CHECK(held->request.head.method == "DELETE");
  CHECK(held->request.head.target.ends_with("/containers/one?force=1"));
  held->Answer(204, "");
  Settle();
  CHECK(client.Status() == 204);
  CHECK(client.sink.body.empty());
  CHECK(events_client.Fresh() ==
        "data: {\"type\":\"dd:container-removed\",\"data\":{\"id\":\"a\",\"name\":\"one\"}}\n\n");
  CHECK_FALSE(inventory->Containers().contains("a"));
}

TEST_CASE_METHOD(Fixture, "DrydockAdapter: what the engine says against a removal", "[adapter]") {
  const auto [engine_status, status] =
      GENERATE(table<int, int>({{404, 404}, {409, 409}, {400, 400}, {403, 403}, {500, 500}, {503, 500}, {304, 500}}));
  StartEngine();
  held_path = "/containers/a";
  Client &client = Ask("DELETE", "/api/containers/a");
  held->Answer(engine_status, R"({"message":"no, \u001b[1m since it is so"})");
  Settle();
  CHECK(client.Status() == status);
  CHECK(client.sink.body == "removing container: remove container: docker error (status " +
                                std::to_string(engine_status) + "): no, \\x1b[1m since it is so\n");
  CHECK(inventory->Containers().contains("a"));
}

TEST_CASE_METHOD(Fixture, "DrydockAdapter: a removal without an engine, or of nothing that has a name", "[adapter]") {
  StartEngine();
  for (const auto *const path : {"/api/containers/%2e%2e%2fimages", "/api/containers/a%20b", "/api/containers/-a"}) {
    const size_t before = script.calls.size();
    Client &client = Ask("DELETE", path);
    CHECK(client.Status() == 400);
    CHECK(client.sink.body.starts_with("removing container: invalid container id/name: \""));
    CHECK(script.calls.size() == before);
  }
  away = true;
  Client &client = Ask("DELETE", "/api/containers/a");
  CHECK(client.Status() == 500);
  CHECK(client.sink.body == "removing container: remove container: no socket\n");
}
