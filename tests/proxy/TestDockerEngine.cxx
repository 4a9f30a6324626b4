// SPDX-License-Identifier: Apache-2.0
#include "proxy/DockerEngine.hxx"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/FakeClock.hxx"
#include "tests/support/FakeHandler.hxx"
#include "tests/support/RecordingSink.hxx"

using namespace lookout;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string VersionBody(const std::string &api) {
  return R"({"Version":"20.10.24","ApiVersion":")" + api + R"(","Os":"linux","Arch":"amd64"})";
}

/** An engine that is asked through a handler in memory, on a clock that stands still. */
struct EngineFixture : DockerEngine::Listener {
  EngineFixture() { engine.AddListener(*this); }

  void OnEngineChanged(bool up) override { changes.push_back(up); }

  void Run() {
    loop.RunOnce(Duration::zero());
    loop.RunOnce(Duration::zero());
  }
  void Advance(Duration step) {
    clock.Advance(step);
    Run();
  }
  RecordingSink Ask(std::string_view method, std::string_view target,
                    Origin::Transport transport_used = Origin::Transport::Agent) {
    RecordingSink sink;
    Request request = MakeAgentRequest(method, target);
    request.origin.transport = transport_used;
    const auto exchange = engine.Handle(std::move(request), sink);
    Run();
    CHECK(sink.IsDone());
    return sink;
  }
  size_t Probes() const {
    return static_cast<size_t>(std::count_if(transport.heads.begin(), transport.heads.end(),
                                             [](const auto &head) { return head.target == "/version"; }));
  }

  FakeClock clock;
  EventLoop loop{clock};
  ReadyOutcome version = MakeJsonResponse(200, VersionBody("1.41"));
  ReadyOutcome other = MakeTextResponse(200, "fine");
  FakeHandler transport{loop,
                        [this](const Request &request) { return request.head.target == "/version" ? version : other; }};
  DockerEngine engine{loop, transport};
  std::vector<bool> changes;
};

const Failure kGone = {Failure::Kind::Unreachable, "the socket does not exist"};

}  // namespace

TEST_CASE("DockerEngine: learns the versions at start", "[proxy]") {
  EngineFixture fixture;
  CHECK_FALSE(fixture.engine.IsUp());
  CHECK(fixture.engine.GetInfo().version == "unknown");
  fixture.engine.Start();
  fixture.Run();
  CHECK(fixture.engine.IsUp());
  CHECK(fixture.changes == std::vector{true});
  CHECK(fixture.engine.GetInfo() == DockerEngine::Info{"20.10.24", "1.41", "linux", "amd64"});
}

TEST_CASE("DockerEngine: puts the API version in front of targets that have none, but not for the listener",
          "[proxy]") {
  EngineFixture fixture;
  fixture.Ask("GET", "/containers/json");
  CHECK(fixture.transport.heads.back().target == "/containers/json");
  fixture.engine.Start();
  fixture.Run();
  const auto [asked, sent] = GENERATE(table<std::string, std::string>({
      {"/containers/json?all=1", "/v1.41/containers/json?all=1"},
      {"/v1.24/containers/json", "/v1.24/containers/json"},
      {"/v1.24", "/v1.41/v1.24"},
      {"/volumes", "/v1.41/volumes"},
      {"/v1./x", "/v1.41/v1./x"},
      {"/_ping", "/_ping"},
      {"/version?x", "/version?x"},
      {"/x?y=/v1.24/", "/v1.41/x?y=/v1.24/"},
      {"//x", "/v1.41//x"},
  }));
  fixture.Ask("GET", asked);
  CHECK(fixture.transport.heads.back().target == sent);
  fixture.Ask("GET", asked, Origin::Transport::Tunnel);
  CHECK(fixture.transport.heads.back().target == sent);
  fixture.Ask("GET", asked, Origin::Transport::Listener);
  CHECK(fixture.transport.heads.back().target == asked);
}

TEST_CASE("DockerEngine: asks at growing intervals while the engine is down", "[proxy]") {
  EngineFixture fixture;
  fixture.version = kGone;
  fixture.engine.Start();
  fixture.Run();
  CHECK(fixture.changes == std::vector{false});
  CHECK(fixture.engine.DownReason() == "the socket does not exist");
  size_t probes = 1;
  for (const auto wait : {500, 1000, 2000, 4000, 8000, 10000, 10000}) {
    CHECK(fixture.Probes() == probes);
    fixture.Advance(milliseconds(wait - 1));
    CHECK(fixture.Probes() == probes);
    fixture.Advance(milliseconds(1));
    ++probes;
  }
  CHECK(fixture.Probes() == probes);
  CHECK(fixture.changes == std::vector{false});

  fixture.version = MakeJsonResponse(200, VersionBody("1.43"));
  fixture.Advance(seconds(10));
  CHECK(fixture.engine.IsUp());
  CHECK(fixture.engine.DownReason().empty());
  CHECK(fixture.engine.GetInfo().api_version == "1.43");
  CHECK(fixture.changes == std::vector{false, true});
}

TEST_CASE("DockerEngine: asks every 30 s while the engine is up, and says nothing when nothing changed", "[proxy]") {
  EngineFixture fixture;
  fixture.engine.Start();
  fixture.Run();
  fixture.Advance(seconds(29));
  CHECK(fixture.Probes() == 1);
  fixture.Advance(seconds(1));
  CHECK(fixture.Probes() == 2);
  CHECK(fixture.changes == std::vector{true});
  fixture.version = MakeJsonResponse(200, VersionBody("1.40"));
  fixture.Advance(seconds(30));
  CHECK(fixture.changes == std::vector{true, true});
}

TEST_CASE("DockerEngine: a request that cannot reach the engine makes it ask", "[proxy]") {
  EngineFixture fixture;
  fixture.engine.Start();
  fixture.Run();
  fixture.Advance(seconds(1));
  fixture.other = kGone;
  fixture.version = kGone;
  const auto sink = fixture.Ask("GET", "/info");
  CHECK(sink.failure->message == "the socket does not exist");
  fixture.Run();
  CHECK_FALSE(fixture.engine.IsUp());
  CHECK(fixture.changes == std::vector{true, false});
  CHECK(fixture.engine.GetInfo().version == "20.10.24");

  SECTION("and one that gets an answer again, too") {
    fixture.other = MakeTextResponse(200, "fine");
    fixture.version = MakeJsonResponse(200, VersionBody("1.41"));
    fixture.Ask("GET", "/info");
    fixture.Advance(milliseconds(500));
    CHECK(fixture.engine.IsUp());
  }
  SECTION("but many of them only as often as the shortest gap allows") {
    const size_t before = fixture.Probes();
    for (int i = 0; i < 50; ++i) fixture.Ask("GET", "/info");
    CHECK(fixture.Probes() == before);
  }
}

TEST_CASE("DockerEngine: renegotiates when the engine refuses our API version", "[proxy]") {
  EngineFixture fixture;
  fixture.engine.Start();
  fixture.Run();
  fixture.Advance(seconds(1));
  fixture.version = MakeJsonResponse(200, VersionBody("1.38"));
  SECTION("a refusal of the version") {
    fixture.other =
        MakeJsonResponse(400, R"({"message":"client version 1.41 is too new. Maximum supported API version is 1.38"})");
    const auto sink = fixture.Ask("GET", "/info");
    CHECK(sink.head->status == 400);
    fixture.Run();
    CHECK(fixture.engine.GetInfo().api_version == "1.38");
    fixture.Ask("GET", "/info");
    CHECK(fixture.transport.heads.back().target == "/v1.38/info");
  }
  SECTION("not any other 400") {
    fixture.other = MakeJsonResponse(400, R"({"message":"bad parameter"})");
    fixture.Ask("GET", "/info");
    fixture.Run();
    CHECK(fixture.Probes() == 1);
  }
}

TEST_CASE("DockerEngine: tells its listeners after a recheck, also when nothing changed", "[proxy]") {
  EngineFixture fixture;
  fixture.engine.Start();
  fixture.Run();
  fixture.Advance(seconds(1));
  fixture.engine.Recheck();
  fixture.Run();
  CHECK(fixture.changes == std::vector{true, true});
}

TEST_CASE("DockerEngine: a recheck during a question asks once more", "[proxy]") {
  EngineFixture fixture;
  fixture.engine.Start();
  fixture.engine.Recheck();
  fixture.Run();
  CHECK(fixture.Probes() == 1);
  CHECK(fixture.changes == std::vector{true});
  fixture.Advance(milliseconds(500));
  CHECK(fixture.Probes() == 2);
  CHECK(fixture.changes == std::vector{true, true});
}

TEST_CASE("DockerEngine: any answer but a 5xx means up", "[proxy]") {
  EngineFixture fixture;
  const auto [outcome, up] = GENERATE(table<ReadyOutcome, bool>({
      {MakeTextResponse(403, "denied"), true},
      {MakeTextResponse(200, "not json"), true},
      {MakeJsonResponse(200, R"({"ApiVersion":"../x"})"), true},
      {MakeJsonResponse(200, R"({"ApiVersion":7})"), true},
      {MakeTextResponse(503, "starting"), false},
  }));
  fixture.version = outcome;
  fixture.engine.Start();
  fixture.Run();
  CHECK(fixture.engine.IsUp() == up);
  CHECK(fixture.engine.GetInfo().api_version.empty());
  if (!up) CHECK(fixture.engine.DownReason() == "docker version: docker error (status 503): starting");
}

TEST_CASE("DockerEngine: a listener may remove itself while it is told", "[proxy]") {
  struct Once final : DockerEngine::Listener {
    explicit Once(DockerEngine &of) : engine(of) { engine.AddListener(*this); }
    void OnEngineChanged(bool) override {
      ++calls;
      engine.RemoveListener(*this);
    }
    DockerEngine &engine;
    int calls = 0;
  };
  EngineFixture fixture;
  Once once(fixture.engine);
  fixture.engine.Start();
  fixture.Run();
  fixture.Advance(seconds(1));
  fixture.engine.Recheck();
  fixture.Run();
  CHECK(once.calls == 1);
}
