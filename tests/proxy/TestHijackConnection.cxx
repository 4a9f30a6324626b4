// SPDX-License-Identifier: Apache-2.0
#include "proxy/HijackConnection.hxx"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "tests/support/FakeClock.hxx"
#include "tests/support/RecordingDuplexSink.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/ScriptedServer.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

constexpr std::string_view kSwitch = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

Request ExecStart() {
  Request request;
  request.head = {"POST", "/exec/abc/start", {{"Content-Type", "application/json"}, {"Connection", "keep-alive"}}};
  request.body = std::make_unique<StringBody>(R"({"Tty":true})");
  return request;
}

/** A body of unknown length that is not there yet. */
class LateBody final : public BodySource {
 public:
  std::optional<uint64_t> Length() const override { return std::nullopt; }
  Chunk Read(std::span<char> out) override {
    if (!bytes) return {Chunk::State::Wait, 0};
    const size_t size = std::min(out.size(), bytes->size());
    if (size == 0) return {Chunk::State::End, 0};
    std::copy_n(bytes->data(), size, out.data());
    bytes->erase(0, size);
    return {Chunk::State::Data, size};
  }
  void NotifyReady(std::function<void()> on_ready) override { notify = std::move(on_ready); }

  std::optional<std::string> bytes;
  std::function<void()> notify;
};

struct Fixture {
  explicit Fixture(const ScriptedServer::OnRequest &on_request = [](auto &, const auto &) {})
      : server(loop, directory.Join("docker.sock"), [this, on_request](auto &peer, const std::string &new_head) {
          peer.StopParsing();
          peer.AllowHalfClose();
          head = new_head;
          on_request(peer, new_head);
        }) {}

  void Open(Request request = ExecStart()) {
    connection = std::make_unique<HijackConnection>(loop, server.Path(), std::move(request), sink);
  }
  bool OpenRaw() {
    Open();
    return RunUntil(loop, [&] { return sink.head.has_value(); });
  }
  bool RunToEnd() {
    return RunUntil(loop, [&] { return sink.IsDone(); });
  }
  ScriptedServer::Connection &Peer() { return server.At(0); }

  TempDir directory;
  SystemClock clock;
  EventLoop loop{clock};
  std::string head;
  ScriptedServer server;
  RecordingDuplexSink sink;
  std::unique_ptr<HijackConnection> connection;
};

void Switch(ScriptedServer::Connection &connection, const std::string &) {
  connection.Send(kSwitch);
}

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  return bytes;
}

}  // namespace

TEST_CASE("HijackConnection: sends the request and opens the raw connection", "[hijack]") {
  Fixture fixture(Switch);
  REQUIRE(fixture.OpenRaw());
  CHECK(fixture.sink.head->status == 101);
  CHECK(fixture.sink.head->headers.Joined("upgrade") == "tcp");
  CHECK(fixture.head ==
        "POST /exec/abc/start HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 12\r\n\r\n");
  CHECK(fixture.connection->Send("ls\n") == Flow::Go);
  CHECK(RunUntil(fixture.loop, [&] { return fixture.Peer().Received() == "{\"Tty\":true}ls\n"; }));
  fixture.Peer().Send("out");
  CHECK(RunUntil(fixture.loop, [&] { return fixture.sink.body == "out"; }));
  CHECK(fixture.sink.violation.empty());
}

TEST_CASE("HijackConnection: keeps the asker's kind of upgrade", "[hijack]") {
  Fixture fixture(Switch);
  auto request = ExecStart();
  request.head.headers = {{"Connection", "upgrade"}, {"Upgrade", "h2c"}, {"Content-Length", "99"}, {"Host", "evil"}};
  fixture.Open(std::move(request));
  REQUIRE(RunUntil(fixture.loop, [&] { return fixture.sink.head.has_value(); }));
  CHECK(fixture.head ==
        "POST /exec/abc/start HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n"
        "Content-Length: 12\r\n\r\n");
}

TEST_CASE("HijackConnection: bytes that come with the head belong to the stream", "[hijack]") {
  Fixture fixture([](auto &connection, const auto &) {
    connection.Send("HTTP/1.1 100 Continue\r\n\r\n" + std::string(kSwitch) + "early\r\n\r\n");
  });
  REQUIRE(fixture.OpenRaw());
  CHECK(RunUntil(fixture.loop, [&] { return fixture.sink.body == "early\r\n\r\n"; }));
}

TEST_CASE("HijackConnection: a head in single bytes", "[hijack]") {
  Fixture fixture;
  fixture.Open();
  REQUIRE(RunUntil(fixture.loop, [&] { return !fixture.head.empty(); }));
  for (const char c : std::string(kSwitch) + "raw") {
    fixture.Peer().Send({&c, 1});
    fixture.loop.RunOnce(std::chrono::milliseconds(1));
  }
  CHECK(RunUntil(fixture.loop, [&] { return fixture.sink.body == "raw"; }));
}

TEST_CASE("HijackConnection: input before the 101 is held back and then sent in order", "[hijack]") {
  Fixture fixture;
  fixture.Open();
  fixture.connection->Send("a");
  REQUIRE(RunUntil(fixture.loop, [&] { return fixture.server.Accepted() == 1; }));
  fixture.connection->Send("b");
  REQUIRE(RunUntil(fixture.loop, [&] { return fixture.Peer().Received() == "{\"Tty\":true}"; }));
  CHECK(fixture.connection->Unsent() == 2);
  fixture.connection->CloseWrite();
  RunFor(fixture.loop, std::chrono::milliseconds(20));
  CHECK(fixture.Peer().Received() == "{\"Tty\":true}");
  fixture.Peer().Send(kSwitch);
  CHECK(RunUntil(fixture.loop, [&] { return fixture.Peer().HasEof(); }));
  CHECK(fixture.Peer().Received() == "{\"Tty\":true}ab");
}

TEST_CASE("HijackConnection: half-close of ours leaves the engine's direction open", "[hijack]") {
  Fixture fixture(Switch);
  REQUIRE(fixture.OpenRaw());
  fixture.connection->Send("input");
  fixture.connection->CloseWrite();
  CHECK(fixture.connection->Send("late") == Flow::Go);
  REQUIRE(RunUntil(fixture.loop, [&] { return fixture.Peer().HasEof(); }));
  CHECK(fixture.Peer().Received() == "{\"Tty\":true}input");
  fixture.Peer().Send("answer");
  fixture.Peer().FinishSending();
  REQUIRE(fixture.RunToEnd());
  CHECK(fixture.sink.ended);
  CHECK(fixture.sink.body == "answer");
}

TEST_CASE("HijackConnection: half-close of the engine leaves ours open", "[hijack]") {
  Fixture fixture([](auto &connection, const auto &) {
    connection.Send(std::string(kSwitch) + "bye");
    connection.FinishSending();
  });
  fixture.Open();
  REQUIRE(fixture.RunToEnd());
  CHECK(fixture.sink.ended);
  CHECK(fixture.sink.body == "bye");
  fixture.connection->Send("still");
  fixture.connection->CloseWrite();
  CHECK(RunUntil(fixture.loop, [&] { return fixture.Peer().HasEof(); }));
  CHECK(fixture.Peer().Received() == "{\"Tty\":true}still");
}

TEST_CASE("HijackConnection: backpressure of the writer", "[hijack]") {
  Fixture fixture(Switch);
  REQUIRE(fixture.OpenRaw());
  fixture.Peer().StopReading();
  const auto block = Pattern(30'000);
  std::string sent;
  while (fixture.connection->Send(block) == Flow::Go) {
    sent += block;
    RunFor(fixture.loop, std::chrono::milliseconds(2));
    REQUIRE(sent.size() < 64 * block.size());
  }
  sent += block;
  RunFor(fixture.loop, std::chrono::milliseconds(20));
  CHECK(fixture.sink.drained == 0);
  CHECK(fixture.connection->Unsent() > 0);
  fixture.connection->CloseWrite();
  fixture.Peer().StartReading();
  CHECK(RunUntil(fixture.loop, [&] { return fixture.Peer().HasEof(); }));
  CHECK(fixture.Peer().Received() == "{\"Tty\":true}" + sent);
  CHECK(fixture.sink.drained == 1);
  CHECK(fixture.connection->Unsent() == 0);
}

TEST_CASE("HijackConnection: backpressure of the reader", "[hijack]") {
  Fixture fixture(Switch);
  REQUIRE(fixture.OpenRaw());
  const auto sent = Pattern(2'000'000);
  fixture.sink.flow = Flow::Wait;
  fixture.Peer().Send(sent);
  fixture.Peer().FinishSending();
  RunFor(fixture.loop, std::chrono::milliseconds(30));
  CHECK(fixture.sink.body.size() <= size_t{64} * 1024);
  CHECK(fixture.Peer().Unsent() > 0);
  CHECK_FALSE(fixture.sink.ended);
  for (int i = 0; i < 5; ++i) {
    const size_t before = fixture.sink.body.size();
    fixture.connection->Resume();
    REQUIRE(RunUntil(fixture.loop, [&] { return fixture.sink.body.size() > before; }));
    RunFor(fixture.loop, std::chrono::milliseconds(5));
    CHECK(fixture.sink.body.size() - before <= size_t{64} * 1024);
  }
  fixture.sink.flow = Flow::Go;
  fixture.connection->Resume();
  REQUIRE(fixture.RunToEnd());
  CHECK(fixture.sink.ended);
  CHECK((fixture.sink.body == sent));
}

TEST_CASE("HijackConnection: any other status is an ordinary answer", "[hijack]") {
  const auto [wire, body] = GENERATE(table<std::string, std::string>({
      {"HTTP/1.1 409 Conflict\r\nContent-Length: 5\r\n\r\nhellorest", "hello"},
      {"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", "hello"},
      {"HTTP/1.0 200 OK\r\n\r\nhello", "hello"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.1 500 X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", ""},
  }));
  CAPTURE(wire);
  Fixture fixture([wire = wire](auto &connection, const auto &) {
    connection.Send(wire);
    connection.FinishSending();
  });
  fixture.Open();
  fixture.connection->Send("dropped");
  REQUIRE(fixture.RunToEnd());
  CHECK(fixture.sink.ended);
  CHECK(fixture.sink.body == body);
  CHECK_FALSE(fixture.sink.head->headers.Has("Transfer-Encoding"));
  CHECK_FALSE(fixture.sink.head->headers.Has("Connection"));
  CHECK(fixture.sink.violation.empty());
}

TEST_CASE("HijackConnection: backpressure on an ordinary answer", "[hijack]") {
  const std::string body = Pattern(500'000);
  Fixture fixture([&](auto &connection, const auto &) { connection.Send(HttpReply(409, body)); });
  fixture.sink.flow = Flow::Wait;
  fixture.Open();
  size_t resumed = 0;
  while (!fixture.sink.IsDone()) {
    const size_t before = fixture.sink.body.size();
    REQUIRE(RunUntil(fixture.loop, [&] { return fixture.sink.body.size() > before || fixture.sink.IsDone(); }));
    fixture.connection->Resume();
    ++resumed;
  }
  CHECK(fixture.sink.ended);
  CHECK((fixture.sink.body == body));
  CHECK(resumed > 10);
}

TEST_CASE("HijackConnection: answers that break off or are no HTTP", "[hijack]") {
  const auto [wire, text] = GENERATE(table<std::string, std::string>({
      {"", "no answer: the engine closed the connection"},
      {"HTTP/1.1 101", "no answer: the engine closed the connection"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "the answer broke off: the engine closed the connection"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n", "the answer broke off"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "not a chunk size"},
      {"SSH-2.0-OpenSSH\r\n\r\n", "invalid answer: not an HTTP message"},
      {"HTTP/1.1 200 OK\nA: b\n\n", "a line does not end in CR LF"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "more than one Content-Length"},
  }));
  CAPTURE(wire);
  Fixture fixture([wire = wire](auto &connection, const auto &) {
    connection.Send(wire);
    connection.FinishSending();
  });
  fixture.Open();
  REQUIRE(fixture.RunToEnd());
  REQUIRE(fixture.sink.failure);
  CHECK(fixture.sink.failure->kind == Failure::Kind::Broken);
  CHECK_THAT(fixture.sink.failure->message, Catch::Contains(text));
  CHECK_THAT(fixture.sink.failure->message, Catch::StartsWith("sending Docker API request POST /exec/abc/start: "));
  CHECK(fixture.sink.violation.empty());
}

TEST_CASE("HijackConnection: endless interim answers", "[hijack]") {
  Fixture fixture([](auto &connection, const auto &) {
    for (int i = 0; i < 20; ++i) connection.Send("HTTP/1.1 102 Processing\r\n\r\n");
  });
  fixture.Open();
  REQUIRE(fixture.RunToEnd());
  CHECK(fixture.sink.failure);
}

TEST_CASE("HijackConnection: no engine", "[hijack]") {
  TempDir directory;
  SystemClock clock;
  EventLoop loop(clock);
  RecordingDuplexSink sink;
  HijackConnection connection(loop, directory.Join("none.sock"), ExecStart(), sink);
  CHECK_FALSE(sink.IsDone());
  REQUIRE(RunUntil(loop, [&] { return sink.IsDone(); }));
  CHECK(sink.failure->kind == Failure::Kind::Unreachable);
  CHECK_THAT(sink.failure->message, Catch::Contains("the socket does not exist"));
  CHECK_THAT(sink.failure->message, Catch::Contains(directory.Join("none.sock")));
}

TEST_CASE("HijackConnection: an engine that never answers", "[hijack]") {
  FakeClock clock;
  EventLoop loop(clock);
  TempDir directory;
  ScriptedServer server(loop, directory.Join("docker.sock"), [](auto &, const auto &) {});
  RecordingDuplexSink sink;
  HijackConnection connection(loop, server.Path(), ExecStart(), sink);
  REQUIRE(RunUntil(loop, [&] { return server.Accepted() == 1 && server.At(0).Received() == "{\"Tty\":true}"; }));
  clock.Advance(std::chrono::milliseconds(9900));
  loop.Dispatch();
  CHECK_FALSE(sink.IsDone());
  clock.Advance(std::chrono::milliseconds(200));
  loop.Dispatch();
  REQUIRE(sink.failure);
  CHECK(sink.failure->kind == Failure::Kind::TimedOut);
}

TEST_CASE("HijackConnection: a body of unknown length goes out in chunks as it comes", "[hijack]") {
  Fixture fixture;
  auto body = std::make_unique<LateBody>();
  auto &late = *body;
  auto request = ExecStart();
  request.body = std::move(body);
  fixture.Open(std::move(request));
  REQUIRE(RunUntil(fixture.loop, [&] { return !fixture.head.empty(); }));
  CHECK_THAT(fixture.head, Catch::Contains("Transfer-Encoding: chunked\r\n"));
  late.bytes = "hello";
  late.notify();
  CHECK(RunUntil(fixture.loop, [&] { return fixture.Peer().Received() == "5\r\nhello\r\n0\r\n\r\n"; }));
}

TEST_CASE("HijackConnection: an invalid request is refused and nothing is sent", "[hijack]") {
  Fixture fixture(Switch);
  auto request = ExecStart();
  request.head.headers.Add("X-Evil", "a\r\nB: c");
  fixture.Open(std::move(request));
  REQUIRE(fixture.RunToEnd());
  CHECK(fixture.sink.failure->kind == Failure::Kind::BadRequest);
  CHECK(fixture.head.empty());
}

TEST_CASE("HijackConnection: destruction closes at once and silences the sink", "[hijack]") {
  Fixture fixture(Switch);
  REQUIRE(fixture.OpenRaw());
  fixture.Peer().Send("unseen");
  fixture.connection.reset();
  CHECK(RunUntil(fixture.loop, [&] { return fixture.Peer().HasEof() || fixture.Peer().IsClosed(); }));
  CHECK(fixture.sink.body.empty());
  CHECK_FALSE(fixture.sink.IsDone());
}

TEST_CASE("HijackConnection: an engine that closes while the sink waits does not make the loop spin", "[hijack]") {
  Fixture fixture(Switch);
  REQUIRE(fixture.OpenRaw());
  fixture.sink.flow = Flow::Wait;
  fixture.Peer().Send("x");
  REQUIRE(RunUntil(fixture.loop, [&] { return fixture.sink.body == "x"; }));
  fixture.Peer().Send("y");
  fixture.Peer().Cut();
  RunFor(fixture.loop, std::chrono::milliseconds(10));
  const auto before = fixture.clock.Now();
  fixture.loop.RunOnce(std::chrono::milliseconds(50));
  CHECK(fixture.clock.Now() - before >= std::chrono::milliseconds(45));
  fixture.sink.flow = Flow::Go;
  fixture.connection->Resume();
  REQUIRE(fixture.RunToEnd());
  CHECK(fixture.sink.ended);
  CHECK(fixture.sink.body == "xy");
}
