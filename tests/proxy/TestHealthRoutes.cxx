// SPDX-License-Identifier: Apache-2.0
#include "proxy/HealthRoutes.hxx"

#include <array>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "proxy/OperationsHandler.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/RecordingSink.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/ScriptedHandler.hxx"

using namespace lookout;

namespace {

class FakeSource final : public HealthSource {
 public:
  ControllerState GetControllerState() const override { return state; }
  ControllerState state = ControllerState::Connected;
};

struct Fixture {
  Fixture() { routes.AddTo(top, agent); }

  RecordingSink Ask(std::string target) {
    RecordingSink sink;
    Request request;
    request.head = {"GET", std::move(target), {}};
    const auto exchange = handler.Handle(std::move(request), sink);
    REQUIRE(RunUntil(loop, [&] { return sink.IsDone(); }));
    CHECK(sink.head->headers.Joined("Content-Type") == "application/json");
    return sink;
  }

  FakeClock clock;
  EventLoop loop{clock};
  ScriptedHandler docker{loop};
  DockerEngine engine{loop, docker};
  FakeSource source;
  HealthRoutes routes{loop, {"edge", "0.1.0", "id-1", "a \"name\"", "host", {"exec", "logs"}}, source, engine};
  AgentRoutes top;
  AgentRoutes agent;
  OperationsHandler handler{loop, top, agent};
};

}  // namespace

TEST_CASE("HealthRoutes: liveness never asks Docker", "[routes]") {
  Fixture fixture;
  fixture.clock.Advance(std::chrono::milliseconds(1500));
  const auto sink = fixture.Ask("/health");
  CHECK(sink.head->status == 200);
  CHECK(sink.body ==
        "{\"status\":\"ok\",\"live\":true,\"ready\":false,\"mode\":\"edge\",\"version\":\"0.1.0\","
        "\"uptimeSeconds\":1.5,\"docker\":\"unknown\",\"controller\":\"connected\"}\n");
  CHECK(fixture.docker.calls.empty());
}

TEST_CASE("HealthRoutes: readiness needs Docker and the controller", "[routes]") {
  Fixture fixture;
  const auto [ping, controller, status, tail] = GENERATE(table<int, ControllerState, int, std::string>({
      {200, ControllerState::Connected, 200, R"("docker":"connected","controller":"connected"})"},
      {200, ControllerState::Disconnected, 503, R"("docker":"connected","controller":"disconnected"})"},
      {200, ControllerState::NotApplicable, 200, R"("docker":"connected","controller":"not_applicable"})"},
      {500, ControllerState::Connected, 503, R"("docker":"disconnected","controller":"connected"})"},
      {0, ControllerState::Disconnected, 503, R"("docker":"disconnected","controller":"disconnected"})"},
  }));
  fixture.source.state = controller;
  fixture.docker.on_body = [answer = ping](auto &call) {
    if (call.request.head.target != "/_ping") return;
    if (answer == 0) return call.sink->OnError({Failure::Kind::Unreachable, "no engine"});
    call.Answer(answer, "OK");
  };
  const auto target = GENERATE(as<std::string>(), "/ready", "/_lookout/health", "/_portwing/health");
  const auto sink = fixture.Ask(target);
  CHECK(sink.head->status == status);
  CHECK_THAT(sink.body, Catch::StartsWith(status == 200 ? R"({"status":"healthy","live":true,"ready":true,)"
                                                        : R"({"status":"unhealthy","live":true,"ready":false,)") &&
                            Catch::EndsWith(tail + "\n"));
  CHECK(fixture.docker.calls.at(0)->request.deadlines->total == std::chrono::seconds(2));
}

TEST_CASE("HealthRoutes: readiness that is called off says nothing", "[routes]") {
  Fixture fixture;
  RecordingSink sink;
  Request request;
  request.head = {"GET", "/ready", {}};
  auto exchange = fixture.handler.Handle(std::move(request), sink);
  REQUIRE(RunUntil(fixture.loop, [&] { return fixture.docker.calls.size() == 1; }));
  exchange.reset();
  fixture.docker.calls.at(0)->Answer(200, "OK");
  REQUIRE(RunUntil(fixture.loop, [&] { return fixture.docker.calls.at(0)->gone; }));
  CHECK_FALSE(sink.head);
}

TEST_CASE("HealthRoutes: readiness asks Docker at most once a second", "[routes]") {
  Fixture fixture;
  int status = 200;
  fixture.docker.on_body = [&](auto &call) { call.Answer(status, "OK"); };
  for (int i = 0; i < 5; ++i) CHECK(fixture.Ask("/ready").head->status == 200);
  CHECK(fixture.docker.calls.size() == 1);
  SECTION("and what the controller does is seen at once") {
    fixture.source.state = ControllerState::Disconnected;
    CHECK(fixture.Ask("/_portwing/health").head->status == 503);
    CHECK(fixture.docker.calls.size() == 1);
  }
  SECTION("and then again") {
    status = 500;
    fixture.clock.Advance(std::chrono::milliseconds(999));
    CHECK(fixture.Ask("/ready").head->status == 200);
    fixture.clock.Advance(std::chrono::milliseconds(1));
    CHECK(fixture.Ask("/ready").head->status == 503);
    CHECK(fixture.docker.calls.size() == 2);
  }
}

TEST_CASE("HealthRoutes: many who ask at once share one ping", "[routes]") {
  Fixture fixture;
  std::array<RecordingSink, 20> sinks;
  std::vector<std::unique_ptr<Exchange>> exchanges;
  for (auto &sink : sinks) {
    Request request;
    request.head = {"GET", "/ready", {}};
    exchanges.push_back(fixture.handler.Handle(std::move(request), sink));
  }
  REQUIRE(RunUntil(fixture.loop, [&] { return fixture.docker.calls.size() == 1; }));
  fixture.docker.calls.at(0)->Answer(200, "OK");
  REQUIRE(RunUntil(fixture.loop, [&] { return sinks.back().IsDone(); }));
  for (const auto &sink : sinks) CHECK(sink.head->status == 200);
  CHECK(fixture.docker.calls.size() == 1);
}

TEST_CASE("HealthRoutes: info", "[routes]") {
  Fixture fixture;
  fixture.clock.Advance(std::chrono::milliseconds(9'296'789));
  CHECK(fixture.Ask("/_portwing/info").body ==
        R"({"agentId":"id-1","agentName":"a \"name\"","capabilities":["exec","logs"],"dockerVersion":"unknown",)"
        R"("hostname":"host","mode":"edge","uptime":"2h34m56.789s","version":"0.1.0"})"
        "\n");
}

TEST_CASE("FormatGoDuration: as Go does", "[routes]") {
  const auto [millis, text] = GENERATE(table<int64_t, std::string>({
      {0, "0s"},
      {-5, "0s"},
      {350, "350ms"},
      {1000, "1s"},
      {1500, "1.5s"},
      {59'999, "59.999s"},
      {60'000, "1m0s"},
      {3'600'000, "1h0m0s"},
      {3'600'250, "1h0m0.25s"},
      {100 * 3'600'000LL + 61'001, "100h1m1.001s"},
  }));
  CHECK(FormatGoDuration(std::chrono::milliseconds(millis)) == text);
}
