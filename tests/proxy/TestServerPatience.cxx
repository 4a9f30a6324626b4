// SPDX-License-Identifier: Apache-2.0
// How long an inbound connection waits for its client, and how it notices that the client has gone.
#include <catch2/catch.hpp>
#include <string>

#include "tests/proxy/ListenerFixture.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

using TimedFixture = BasicListenerFixture<FakeClock>;

std::string Get(const std::string &target) {
  return "GET " + target + " HTTP/1.1\r\nHost: d\r\n\r\n";
}

void Echo(ScriptedHandler::Call &call) {
  call.Answer(200, call.request.head.method + " " + call.request.head.target + " " + call.body);
}

}  // namespace

TEST_CASE("ServerConnection: a client that goes away cancels its exchange", "[listener]") {
  ListenerFixture fixture;
  const bool aborts = GENERATE(true, false);
  const auto client = fixture.Connect();
  client->Send(Get("/"));
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  client->Close(aborts);
  CHECK(fixture.Run([&] { return fixture.Call().gone; }));
  CHECK(fixture.Run([&] { return fixture.listener->Connections() == 0; }));
}

TEST_CASE("ServerConnection: a client of a unix socket that goes away is noticed at once", "[listener]") {
  TempDir directory;
  FakeClock clock;
  EventLoop loop(clock);
  ScriptedHandler handler(loop);
  ListenerSettings settings;
  settings.socket_path = directory.Join("agent.sock");
  const Listener listener(loop, settings, handler);
  const bool floods = GENERATE(false, true);
  WireClient client(loop, settings.socket_path);
  client.Send(Get("/") + std::string(floods ? 100'000 : 0, 'x'));
  REQUIRE(RunUntil(loop, [&] { return !handler.calls.empty() && client.Unsent() == 0; }));
  client.Close();
  CHECK(RunUntil(loop, [&] { return handler.calls.at(0)->gone && listener.Connections() == 0; }));
}

TEST_CASE("ServerConnection: a client that goes away in its body cancels its exchange", "[listener]") {
  ListenerFixture fixture;
  const auto client = fixture.Connect();
  client->Send("POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 10\r\n\r\nabc");
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  client->Close();
  CHECK(fixture.Run([&] { return fixture.Call().gone; }));
}

TEST_CASE("ServerConnection: a client that has ended its side still gets its answers", "[listener]") {
  ListenerFixture fixture;
  const auto client = fixture.Connect();
  client->Send(Get("/1") + Get("/2"));
  client->CloseWrite();
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  fixture.Pass();
  Echo(fixture.Call(0));
  REQUIRE(fixture.Run([&] { return fixture.handler.calls.size() == 2; }));
  fixture.Pass();
  Echo(fixture.Call(1));
  CHECK(fixture.Run([&] { return client->IsEof(); }));
  CHECK_THAT(client->Received(), Catch::Contains("GET /1 ") && Catch::EndsWith("GET /2 "));
}

TEST_CASE("ServerConnection: a half-closed client is given up when its answer stands still", "[listener]") {
  TimedFixture fixture;
  const auto client = fixture.Connect();
  client->Send(Get("/"));
  client->CloseWrite();
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  fixture.Pass();
  fixture.Call().Head(200, {});
  // Large pieces leave without being kept.
  const std::string piece(GENERATE(1, 32 * 1024), 'x');
  for (int i = 0; i < 5; ++i) {
    fixture.clock.Advance(std::chrono::milliseconds(1500));
    fixture.Pass(std::chrono::milliseconds(1));
    REQUIRE_FALSE(fixture.Call().gone);
    fixture.Call().sink->OnData(piece);
    fixture.Pass(std::chrono::milliseconds(1));
  }
  fixture.clock.Advance(std::chrono::milliseconds(2100));
  CHECK(fixture.Run([&] { return fixture.Call().gone; }));
}

TEST_CASE("ServerConnection: a head must come in time, however it trickles", "[listener]") {
  TimedFixture fixture;
  const auto client = fixture.Connect();
  fixture.Pass(std::chrono::milliseconds(1));
  for (const char c : std::string("GET / HT")) {
    client->Send({&c, 1});
    fixture.clock.Advance(std::chrono::milliseconds(1200));
    fixture.Pass(std::chrono::milliseconds(2));
  }
  CHECK_FALSE(client->IsEof());
  fixture.clock.Advance(std::chrono::milliseconds(1200));
  CHECK(fixture.Run([&] { return client->IsEof(); }));
  CHECK_THAT(client->Received(), Catch::StartsWith("HTTP/1.1 408 "));
}

TEST_CASE("ServerConnection: silent connections are closed", "[listener]") {
  TimedFixture fixture;
  fixture.handler.on_body = Echo;
  const auto silent = fixture.Connect();
  const auto idle = fixture.Connect();
  fixture.Ask(*idle, Get("/"), "/ ");
  fixture.clock.Advance(std::chrono::milliseconds(10'100));
  CHECK(fixture.Run([&] { return silent->IsEof(); }));
  CHECK(silent->Received().empty());
  CHECK_FALSE(idle->IsEof());
  fixture.clock.Advance(std::chrono::seconds(50));
  CHECK(fixture.Run([&] { return idle->IsEof(); }));
}

TEST_CASE("ServerConnection: a body that stops coming", "[listener]") {
  TimedFixture fixture;
  const auto client = fixture.Connect();
  client->Send("POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 10\r\n\r\nabc");
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  fixture.Pass();
  fixture.clock.Advance(std::chrono::seconds(59));
  fixture.Pass(std::chrono::milliseconds(2));
  client->Send("d");
  fixture.Pass(std::chrono::milliseconds(5));
  fixture.clock.Advance(std::chrono::seconds(59));
  fixture.Pass(std::chrono::milliseconds(2));
  CHECK_FALSE(client->IsEof());
  fixture.clock.Advance(std::chrono::seconds(2));
  CHECK(fixture.Run([&] { return client->Received().starts_with("HTTP/1.1 408 "); }));
  CHECK(fixture.Run([&] { return fixture.Call().gone; }));
}

TEST_CASE("ServerConnection: a client that takes nothing is given up, except in the middle of a stream", "[listener]") {
  const auto [target, may_stand_still] =
      GENERATE(table<std::string, bool>({{"/", false}, {"/containers/x/logs?follow=1", true}, {"/events", true}}));
  CAPTURE(target);
  TimedFixture fixture;
  const auto client = fixture.Connect();
  client->StopReading();
  client->Send(Get(target));
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  fixture.Pass();
  fixture.Call().Head(200, {});
  const std::string block(30'000, 'x');
  for (int i = 0; i < 400 && fixture.Call().sink->OnData(block) == Flow::Go; ++i) {
    fixture.Pass(std::chrono::milliseconds(1));
  }
  fixture.clock.Advance(std::chrono::seconds(58));
  fixture.Pass(std::chrono::milliseconds(5));
  CHECK_FALSE(fixture.Call().gone);
  fixture.clock.Advance(may_stand_still ? std::chrono::hours(10) : std::chrono::seconds(4));
  if (!may_stand_still) {
    CHECK(fixture.Run([&] { return fixture.Call().gone; }));
    return;
  }
  fixture.Pass();
  CHECK_FALSE(fixture.Call().gone);
  client->StartReading();
  CHECK(fixture.Run([&] { return fixture.Call().resumed > 0; }));
  fixture.Call().sink->OnEnd();
  CHECK(fixture.Run([&] { return client->Received().ends_with("0\r\n\r\n"); }));
}
