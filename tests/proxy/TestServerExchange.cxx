// SPDX-License-Identifier: Apache-2.0
#include "proxy/ServerExchange.hxx"

#include <catch2/catch.hpp>
#include <string>

#include "proxy/DockerTransport.hxx"
#include "tests/proxy/ListenerFixture.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/ScriptedServer.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

const std::string kExec =
    "POST /exec/x/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}";
const std::string kSwitched = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

void Switch(ScriptedHandler::Call &call) {
  call.duplex->OnHead({101, "UPGRADED", {{"Connection", "Upgrade"}, {"Upgrade", "tcp"}}});
}

/** A raw connection that is open. */
template <typename C>
struct OpenConnection {
  OpenConnection() : client(fixture.Connect()) {
    fixture.handler.on_body = Switch;
    client->Send(kExec);
    REQUIRE(fixture.Run([&] { return client->Received() == kSwitched; }));
    client->Received().clear();
  }
  ScriptedHandler::Call &Call() { return fixture.Call(); }

  BasicListenerFixture<C> fixture;
  std::unique_ptr<WireClient> client;
};

using RawConnection = OpenConnection<SystemClock>;
using TimedConnection = OpenConnection<FakeClock>;

}  // namespace

TEST_CASE("ServerExchange: an upgrade becomes a raw connection", "[upgrade]") {
  RawConnection raw;
  CHECK(raw.Call().request.head.headers.Joined("Upgrade") == "tcp");
  CHECK(raw.Call().body == "{}");
  raw.client->Send("in\r\n\r\n");
  CHECK(raw.fixture.Run([&] { return raw.Call().sent == "in\r\n\r\n"; }));
  raw.Call().duplex->OnData("out");
  CHECK(raw.fixture.Run([&] { return raw.client->Received() == "out"; }));
}

TEST_CASE("ServerExchange: raw bytes that come with the request are kept for the stream", "[upgrade]") {
  ListenerFixture fixture;
  const auto client = fixture.Connect();
  client->Send(kExec + "early");
  client->CloseWrite();
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty() && fixture.Call().body_ended; }));
  fixture.Pass();
  CHECK(fixture.Call().sent.empty());
  Switch(fixture.Call());
  CHECK(fixture.Run([&] { return fixture.Call().write_closed; }));
  CHECK(fixture.Call().sent == "early");
  fixture.Call().duplex->OnData("answer");
  fixture.Call().duplex->OnEnd();
  CHECK(fixture.Run([&] { return client->IsEof(); }));
  CHECK(client->Received() == kSwitched + "answer");
}

TEST_CASE("ServerExchange: half-close of the client", "[upgrade]") {
  RawConnection raw;
  raw.client->Send("last");
  raw.client->CloseWrite();
  CHECK(raw.fixture.Run([&] { return raw.Call().write_closed; }));
  CHECK(raw.Call().sent == "last");
  raw.fixture.Pass();
  CHECK_FALSE(raw.Call().gone);
  raw.Call().duplex->OnData("result");
  raw.Call().duplex->OnEnd();
  CHECK(raw.fixture.Run([&] { return raw.client->IsEof(); }));
  CHECK(raw.client->Received() == "result");
  CHECK_FALSE(raw.client->IsReset());
  CHECK(raw.fixture.Run([&] { return raw.Call().gone; }));
}

TEST_CASE("ServerExchange: half-close of the engine", "[upgrade]") {
  RawConnection raw;
  raw.Call().duplex->OnData("bye");
  raw.Call().duplex->OnEnd();
  CHECK(raw.fixture.Run([&] { return raw.client->IsEof(); }));
  CHECK(raw.client->Received() == "bye");
  raw.client->Send("more");
  CHECK(raw.fixture.Run([&] { return raw.Call().sent == "more"; }));
  raw.client->CloseWrite();
  CHECK(raw.fixture.Run([&] { return raw.Call().gone; }));
}

TEST_CASE("ServerExchange: a client that does not end its side is closed in the end", "[upgrade]") {
  TimedConnection raw;
  raw.Call().duplex->OnEnd();
  CHECK(raw.fixture.Run([&] { return raw.client->IsEof(); }));
  raw.fixture.clock.Advance(std::chrono::seconds(61));
  CHECK(raw.fixture.Run([&] { return raw.Call().gone; }));
  raw.fixture.clock.Advance(std::chrono::seconds(3));
  CHECK(raw.fixture.Run([&] { return raw.fixture.listener->Connections() == 0; }));
}

TEST_CASE("ServerExchange: backpressure both ways on a raw connection", "[upgrade]") {
  RawConnection raw;
  const std::string block(30'000, 'x');
  SECTION("the engine takes no input") {
    raw.Call().send_flow = Flow::Wait;
    for (int i = 0; i < 300; ++i) raw.client->Send(block);
    raw.fixture.Pass(std::chrono::milliseconds(50));
    CHECK(raw.Call().sent.size() <= size_t{128} * 1024);
    CHECK(raw.client->Unsent() > 0);
    raw.Call().send_flow = Flow::Go;
    raw.Call().duplex->OnDrained();
    CHECK(raw.fixture.Run([&] { return raw.Call().sent.size() == 300 * block.size(); }));
  }
  SECTION("the client takes no output") {
    raw.client->StopReading();
    size_t sent = 0;
    for (int i = 0; i < 400; ++i) {
      sent += block.size();
      if (raw.Call().duplex->OnData(block) == Flow::Wait) {
        const auto before = raw.Call().resumed;
        raw.fixture.Pass(std::chrono::milliseconds(20));
        if (raw.Call().resumed == before) break;
      }
    }
    CHECK(sent < 400 * block.size());
    const auto before = raw.Call().resumed;
    raw.client->StartReading();
    CHECK(raw.fixture.Run([&] { return raw.client->Received().size() == sent && raw.Call().resumed > before; }));
  }
}

TEST_CASE("ServerExchange: a raw connection may stand still", "[upgrade]") {
  TimedConnection raw;
  raw.client->StopReading();
  const std::string block(30'000, 'x');
  unsigned resumed = 0;
  do {
    resumed = raw.Call().resumed;
    while (raw.Call().duplex->OnData(block) == Flow::Go) {
    }
    raw.fixture.Pass(std::chrono::milliseconds(2));
  } while (raw.Call().resumed != resumed);
  raw.fixture.clock.Advance(std::chrono::hours(1));
  raw.fixture.Pass();
  CHECK_FALSE(raw.Call().gone);
}

TEST_CASE("ServerExchange: a refused upgrade is an ordinary answer, and the connection goes on", "[upgrade]") {
  ListenerFixture fixture;
  fixture.handler.on_body = [](auto &call) { call.Answer(409, "stopped"); };
  const auto client = fixture.Connect();
  const auto expected = "HTTP/1.1 409 Conflict\r\nContent-Length: 7\r\n\r\nstopped";
  CHECK(fixture.Ask(*client, kExec, "stopped") == expected);
  CHECK(fixture.Ask(*client, kExec, "stopped") == expected);
}

TEST_CASE("ServerExchange: failures around an upgrade", "[upgrade]") {
  SECTION("before the head") {
    ListenerFixture fixture;
    fixture.handler.on_body = [](auto &call) { call.duplex->OnError({Failure::Kind::Unreachable, "no engine"}); };
    const auto client = fixture.Connect();
    CHECK_THAT(fixture.Ask(*client, kExec, "no engine\n"), Catch::StartsWith("HTTP/1.1 502 "));
  }
  SECTION("after it") {
    RawConnection raw;
    raw.Call().duplex->OnError({Failure::Kind::Broken, "gone"});
    CHECK(raw.fixture.Run([&] { return raw.client->IsEof(); }));
    CHECK(raw.client->IsReset());
  }
}

TEST_CASE("ServerExchange: a client that breaks its raw connection cancels it", "[upgrade]") {
  RawConnection raw;
  raw.client->Close(true);
  CHECK(raw.fixture.Run([&] { return raw.Call().gone; }));
}

TEST_CASE("ServerExchange: through the transport to an engine and back", "[upgrade]") {
  TempDir directory;
  SystemClock clock;
  EventLoop loop(clock);
  ScriptedServer engine(loop, directory.Join("docker.sock"), [](auto &connection, const auto &) {
    connection.StopParsing();
    connection.AllowHalfClose();
    connection.Send(kSwitched + "hello ");
  });
  DockerTransport transport(loop, engine.Path());
  Listener listener(loop, {}, transport);
  WireClient client(loop, listener.Port());
  client.Send(kExec + "stdin");
  client.CloseWrite();
  REQUIRE(RunUntil(loop, [&] { return engine.Accepted() == 1 && engine.At(0).HasEof(); }));
  CHECK(engine.At(0).Received() == "{}stdin");
  engine.At(0).Send("stdout");
  engine.At(0).FinishSending();
  CHECK(RunUntil(loop, [&] { return client.IsEof(); }));
  CHECK(client.Received() == kSwitched + "hello stdout");
}
