// SPDX-License-Identifier: Apache-2.0
#include "proxy/DockerExchange.hxx"

#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <chrono>
#include <stdexcept>
#include <string>

#include "tests/proxy/DockerFixture.hxx"

using namespace lookout;
using std::chrono::milliseconds;

namespace {

/** A server that answers everything with these bytes. */
ScriptedServer::OnRequest Always(const std::string &reply) {
  return [reply](ScriptedServer::Connection &connection, const std::string &) { connection.Send(reply); };
}

/** And then closes. */
ScriptedServer::OnRequest AlwaysAndClose(const std::string &reply) {
  return [reply](ScriptedServer::Connection &connection, const std::string &) {
    connection.Send(reply);
    connection.FinishSending();
  };
}

}  // namespace

TEST_CASE("DockerExchange: answers arrive whole", "[proxy]") {
  const auto [reply, status, body] = GENERATE(table<std::string, int, std::string>({
      {HttpReply(200, std::string("a\0b", 3)), 200, std::string("a\0b", 3)},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nX-T: 1\r\n\r\n", 200,
       "abcde"},
      {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end", 200, "until the end"},
      {"HTTP/1.1 204 No Content\r\n\r\n", 204, ""},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\n", 304, ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 404 Not Found\r\n"
       "Content-Length: 2\r\n\r\nno",
       404, "no"},
      {"HTTP/1.1 301 Moved\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", 301, ""},
      {"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n", 401, ""},
      {"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope", 200, "nope"},
      {"HTTP/1.0 200 OK\r\n\r\nold", 200, "old"},
  }));
  INFO(reply);
  DockerFixture fixture(AlwaysAndClose(reply));
  const auto sink = fixture.Ask("GET", "/x");
  CHECK(sink.violation.empty());
  CHECK(sink.ended);
  REQUIRE(sink.head.has_value());
  CHECK(sink.head->status == status);
  CHECK(sink.body == body);
}

TEST_CASE("DockerExchange: header fields keep their order and their repeats", "[proxy]") {
  DockerFixture fixture(
      Always(HttpReply(200, "x", "Set-Cookie: a=1\r\nKeep-Alive: timeout=5\r\nX-B: 2\r\nSet-Cookie: c=3\r\n")));
  const auto sink = fixture.Ask("GET", "/x");
  REQUIRE(sink.ended);
  std::string fields;
  for (const auto &header : sink.head->headers) fields += header.name + "=" + header.value + ";";
  CHECK(fields == "Content-Length=1;Set-Cookie=a=1;X-B=2;Set-Cookie=c=3;");
  CHECK(sink.head->reason == "OK");
}

TEST_CASE("DockerExchange: trailers come before the end", "[proxy]") {
  DockerFixture fixture(
      Always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n1\r\nx\r\n0\r\n"
             "X-Sum: 1\r\nContent-Length: 9\r\nX-Sum: 2\r\n\r\n"));
  const auto sink = fixture.Ask("GET", "/x");
  REQUIRE(sink.ended);
  CHECK(sink.violation.empty());
  CHECK(sink.trailers.Joined("X-Sum") == "1, 2");
  CHECK(sink.trailers.Size() == 2);
}

TEST_CASE("DockerExchange: trailers beyond all measure break the answer", "[proxy]") {
  std::string trailers;
  for (int i = 0; i < 10; ++i) trailers += "X: " + std::string(1'000, 'x') + "\r\n";
  DockerFixture fixture(
      Always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + trailers + "\r\n"));
  const auto sink = fixture.Ask("GET", "/x");
  REQUIRE(sink.failure);
  CHECK(sink.failure->kind == Failure::Kind::TooLarge);
}

TEST_CASE("DockerExchange: an answer that breaks off is Broken and never ends", "[proxy]") {
  const auto [reply, has_head] = GENERATE(table<std::string, bool>({
      {"", false},
      {"HTTP/1.1 200 O", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n", false},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n", true},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n", true},
      {"HTTP/1.1 100 Continue\r\n\r\n", false},
      {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: tcp\r\n\r\n", false},
      {"just text", false},
      {"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", false},
  }));
  INFO(reply);
  DockerFixture fixture(AlwaysAndClose(reply));
  const auto sink = fixture.Ask("GET", "/x?secret=1");
  CHECK(sink.violation.empty());
  CHECK_FALSE(sink.ended);
  CHECK(sink.head.has_value() == has_head);
  REQUIRE(sink.failure.has_value());
  CHECK(sink.failure->kind == Failure::Kind::Broken);
  CHECK(sink.failure->message.starts_with("sending Docker API request GET /x: "));
  CHECK(sink.failure->message.ends_with(" (socket " + fixture.server->Path() + ")"));
}

TEST_CASE("DockerExchange: a huge head is refused", "[proxy]") {
  std::string reply = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 20; ++i) reply += "X-Big: " + std::string(20'000, 'x') + "\r\n";
  DockerFixture fixture(Always(reply + "\r\n"));
  const auto sink = fixture.Ask("GET", "/x");
  REQUIRE(sink.failure.has_value());
  CHECK(sink.failure->kind == Failure::Kind::TooLarge);
  CHECK(RunUntil(fixture.loop, [&] { return fixture.server->Open() == 0; }));
}

TEST_CASE("DockerExchange: while the sink waits the engine's send blocks, and nothing is lost", "[proxy]") {
  constexpr size_t kTotal = 8 * 1024 * 1024;
  std::string body(kTotal, ' ');
  for (size_t i = 0; i < kTotal; ++i) body[i] = static_cast<char>('a' + (i * 7 + i / 1000) % 26);
  DockerFixture fixture(Always(HttpReply(200, body)));
  RecordingSink sink;
  sink.flow = Flow::Wait;
  const auto exchange = fixture.transport.Handle(MakeAgentRequest("GET", "/containers/a/logs"), sink);
  REQUIRE(RunUntil(fixture.loop, [&] { return !sink.body.empty(); }));
  RunFor(fixture.loop, milliseconds(100));
  const size_t while_paused = sink.body.size();
  CHECK(while_paused <= 64 * 1024);
  CHECK(fixture.server->At(0).Unsent() > kTotal - 1024 * 1024);

  // One Resume() lets one more piece through, since the sink waits again.
  exchange->Resume();
  CHECK(sink.body.size() == while_paused);
  REQUIRE(RunUntil(fixture.loop, [&] { return sink.body.size() > while_paused; }));
  RunFor(fixture.loop, milliseconds(50));
  CHECK(sink.body.size() <= while_paused + 64 * 1024);

  while (!sink.IsDone()) {
    const size_t before = sink.body.size();
    exchange->Resume();
    REQUIRE(RunUntil(fixture.loop, [&] { return sink.body.size() > before || sink.IsDone(); }));
  }
  CHECK(sink.ended);
  CHECK(sink.body == body);
  CHECK(sink.violation.empty());
}

TEST_CASE("DockerExchange: a paused answer costs no processor time, also when the engine hangs up", "[proxy]") {
  DockerFixture fixture(Always(HttpReply(200, std::string(1024 * 1024, 'x'))));
  RecordingSink sink;
  sink.flow = Flow::Wait;
  const auto exchange = fixture.transport.Handle(MakeAgentRequest("GET", "/x"), sink);
  REQUIRE(RunUntil(fixture.loop, [&] { return !sink.body.empty(); }));
  RunFor(fixture.loop, milliseconds(30));
  fixture.server->At(0).Cut();
  int turns = 0;
  const auto end = std::chrono::steady_clock::now() + milliseconds(100);
  while (std::chrono::steady_clock::now() < end) {
    fixture.loop.RunOnce(milliseconds(20));
    ++turns;
  }
  CHECK(turns < 20);
  sink.flow = Flow::Go;
  exchange->Resume();
  REQUIRE(RunUntil(fixture.loop, [&] { return sink.IsDone(); }));
  CHECK(sink.failure->kind == Failure::Kind::Broken);
}

TEST_CASE("DockerExchange: chunks are not lost over pauses either", "[proxy]") {
  std::string reply = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  std::string body;
  for (int i = 0; i < 20'000; ++i) {
    const std::string piece = std::to_string(i) + "|";
    body += piece;
    reply += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
  }
  DockerFixture fixture(Always(reply + "0\r\n\r\n"));
  RecordingSink sink;
  const auto exchange = fixture.transport.Handle(MakeAgentRequest("GET", "/events"), sink);
  int calls = 0;
  sink.on_data = [&] { sink.flow = ++calls % 3 == 0 ? Flow::Wait : Flow::Go; };
  while (!sink.IsDone()) {
    exchange->Resume();
    fixture.loop.RunOnce(milliseconds(1));
  }
  CHECK(sink.ended);
  CHECK(sink.body == body);
}

TEST_CASE("DockerExchange: the end waits for the sink, too", "[proxy]") {
  DockerFixture fixture(Always(HttpReply(200, "all")));
  RecordingSink sink;
  sink.flow = Flow::Wait;
  const auto exchange = fixture.transport.Handle(MakeAgentRequest("GET", "/x"), sink);
  REQUIRE(RunUntil(fixture.loop, [&] { return sink.body == "all"; }));
  RunFor(fixture.loop, milliseconds(30));
  CHECK_FALSE(sink.ended);
  exchange->Resume();
  CHECK_FALSE(sink.ended);
  CHECK(RunUntil(fixture.loop, [&] { return sink.ended; }));
}

TEST_CASE("DockerExchange: destroying it closes the connection within 100 ms and silences the sink", "[proxy]") {
  DockerFixture fixture(Always("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"));
  RecordingSink sink;
  sink.flow = GENERATE(Flow::Go, Flow::Wait);
  auto exchange = fixture.transport.Handle(MakeAgentRequest("GET", "/events"), sink);
  REQUIRE(RunUntil(fixture.loop, [&] { return !sink.body.empty(); }));
  exchange.reset();
  const auto start = std::chrono::steady_clock::now();
  REQUIRE(RunUntil(fixture.loop, [&] { return fixture.server->Open() == 0; }));
  CHECK(std::chrono::steady_clock::now() - start < milliseconds(100));
  RunFor(fixture.loop, milliseconds(20));
  CHECK_FALSE(sink.IsDone());
}

TEST_CASE("DockerExchange: destroyed before it began, it never connects", "[proxy]") {
  DockerFixture fixture(Always(HttpReply(200, "x")));
  RecordingSink sink;
  fixture.transport.Handle(MakeAgentRequest("GET", "/x"), sink).reset();
  RunFor(fixture.loop, milliseconds(20));
  CHECK(fixture.server->Accepted() == 0);
}

TEST_CASE("DockerExchange: a sink may destroy and start other exchanges", "[proxy]") {
  DockerFixture fixture([](auto &connection, const std::string &head) {
    const bool endless = head.starts_with("GET /endless");
    connection.Send(endless ? "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc" : HttpReply(200, "x"));
  });
  RecordingSink victim_sink;
  auto victim = fixture.transport.Handle(MakeAgentRequest("GET", "/endless"), victim_sink);
  REQUIRE(RunUntil(fixture.loop, [&] { return victim_sink.body == "abc"; }));

  RecordingSink next_sink;
  std::unique_ptr<Exchange> next;
  RecordingSink sink;
  sink.on_data = [&] {
    victim.reset();
    next = fixture.transport.Handle(MakeAgentRequest("GET", "/next"), next_sink);
  };
  const auto exchange = fixture.transport.Handle(MakeAgentRequest("GET", "/first"), sink);
  CHECK(RunUntil(fixture.loop, [&] { return sink.ended && next_sink.ended && fixture.server->At(0).IsClosed(); }));
  CHECK_FALSE(victim_sink.IsDone());
}

TEST_CASE("DockerExchange: a sink that throws ends its own exchange only", "[proxy]") {
  DockerFixture fixture(Always(HttpReply(200, "x")));
  RecordingSink sink;
  sink.on_data = [] { throw std::runtime_error("no"); };
  const auto exchange = fixture.transport.Handle(MakeAgentRequest("GET", "/x"), sink);
  REQUIRE(RunUntil(fixture.loop, [&] { return sink.IsDone(); }));
  CHECK(sink.failure->kind == Failure::Kind::Broken);
  CHECK(fixture.Ask("GET", "/y").ended);
}

TEST_CASE("DockerExchange: deadlines end it with words that say which", "[proxy]") {
  DockerFixture fixture(Always("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"));
  auto request = MakeAgentRequest("GET", "/containers/a/json");
  std::string words;
  SECTION("total") {
    request.deadlines = Deadlines{milliseconds(0), milliseconds(60), milliseconds(0)};
    words = "no whole answer within 60 ms";
  }
  SECTION("idle") {
    request.deadlines = Deadlines{milliseconds(0), milliseconds(0), milliseconds(60)};
    words = "the answer began, and nothing more came for 60 ms";
  }
  const auto start = std::chrono::steady_clock::now();
  const auto sink = fixture.Ask(std::move(request));
  CHECK(std::chrono::steady_clock::now() - start >= milliseconds(60));
  REQUIRE(sink.failure.has_value());
  CHECK(sink.failure->kind == Failure::Kind::TimedOut);
  CHECK(sink.failure->message ==
        "sending Docker API request GET /containers/a/json: " + words + " (socket " + fixture.server->Path() + ")");
  CHECK(sink.violation.empty());
  CHECK(RunUntil(fixture.loop, [&] { return fixture.server->Open() == 0; }));
}

TEST_CASE("DockerExchange: a slow reader is not held against the engine", "[proxy]") {
  DockerFixture fixture(Always(HttpReply(200, std::string(1024 * 1024, 'x'))));
  auto request = MakeAgentRequest("GET", "/x");
  request.deadlines = Deadlines{milliseconds(0), milliseconds(150), milliseconds(100)};
  RecordingSink sink;
  sink.flow = Flow::Wait;
  const auto exchange = fixture.transport.Handle(std::move(request), sink);
  RunFor(fixture.loop, milliseconds(300));
  CHECK_FALSE(sink.IsDone());
  sink.flow = Flow::Go;
  exchange->Resume();
  CHECK(RunUntil(fixture.loop, [&] { return sink.ended; }));
  CHECK(sink.body.size() == 1024 * 1024);
}
