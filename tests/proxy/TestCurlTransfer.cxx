// SPDX-License-Identifier: Apache-2.0
#include "proxy/CurlTransfer.hxx"

#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "tests/proxy/DockerFixture.hxx"
#include "tests/support/PushBody.hxx"

using namespace lookout;
using std::chrono::milliseconds;

namespace {

/** An upload whose body the test pushes, to a server that keeps what it gets. */
struct UploadFixture {
  explicit UploadFixture(std::optional<uint64_t> length, std::string early_reply = "")
      : docker([this, early_reply](auto &connection, const std::string &new_head) {
          head = new_head;
          connection.StopParsing();
          if (!early_reply.empty()) connection.Send(early_reply);
        }) {
    auto request = MakeAgentRequest("POST", "/images/load");
    request.body = std::make_unique<PushBody>(body, length);
    exchange = docker.transport.Handle(std::move(request), sink);
  }

  ScriptedServer::Connection &Connection() { return docker.server->At(0); }
  bool RunUntilReceived(std::string_view bytes) {
    return RunUntil(docker.loop, [&] { return docker.server->Accepted() > 0 && Connection().Received() == bytes; });
  }
  bool RunUntilDone() {
    return RunUntil(
        docker.loop, [&] { return sink.IsDone(); }, std::chrono::seconds(3));
  }

  std::shared_ptr<PushBodyState> body = std::make_shared<PushBodyState>();
  std::string head;
  DockerFixture docker;
  RecordingSink sink;
  std::unique_ptr<Exchange> exchange;
};

}  // namespace

TEST_CASE("CurlTransfer: a body of known length goes out with Content-Length", "[proxy]") {
  UploadFixture fixture(10);
  fixture.body->Push("01234");
  REQUIRE(fixture.RunUntilReceived("01234"));
  CHECK(fixture.head == "POST /images/load HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n");
  RunFor(fixture.docker.loop, milliseconds(30));
  fixture.body->Push("56789 and more than was announced");
  REQUIRE(fixture.RunUntilReceived("0123456789"));
  fixture.Connection().Send(HttpReply(200, "ok"));
  REQUIRE(fixture.RunUntilDone());
  CHECK(fixture.sink.ended);
  CHECK(fixture.sink.body == "ok");
  CHECK(fixture.Connection().Received() == "0123456789");
}

TEST_CASE("CurlTransfer: a body of unknown length goes out in chunks", "[proxy]") {
  UploadFixture fixture(std::nullopt);
  fixture.body->Push("01234");
  REQUIRE(fixture.RunUntilReceived("5\r\n01234\r\n"));
  CHECK(fixture.head == "POST /images/load HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
  fixture.body->Finish();
  REQUIRE(fixture.RunUntilReceived("5\r\n01234\r\n0\r\n\r\n"));
  fixture.Connection().Send(HttpReply(200, "ok"));
  REQUIRE(fixture.RunUntilDone());
  CHECK(fixture.sink.ended);
}

TEST_CASE("CurlTransfer: a large body arrives whole, and only as fast as the engine reads", "[proxy]") {
  constexpr size_t kTotal = 4 * 1024 * 1024;
  UploadFixture fixture(kTotal);
  REQUIRE(RunUntil(fixture.docker.loop, [&] { return !fixture.head.empty(); }));
  fixture.Connection().StopReading();
  fixture.body->Push(std::string(kTotal, 'x'));
  RunFor(fixture.docker.loop, milliseconds(100));
  CHECK(fixture.body->taken < kTotal / 2);
  fixture.Connection().StartReading();
  REQUIRE(RunUntil(fixture.docker.loop, [&] { return fixture.Connection().Received().size() == kTotal; }));
  fixture.Connection().Send(HttpReply(200, "ok"));
  REQUIRE(fixture.RunUntilDone());
  CHECK(fixture.sink.ended);
}

TEST_CASE("CurlTransfer: an early answer ends a paused upload", "[proxy]") {
  const auto reply = GENERATE(as<std::string>(), HttpReply(400, "no"), HttpReply(200, "no"),
                              "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n",
                              "HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno");
  UploadFixture fixture(GENERATE(std::optional<uint64_t>(1000), std::optional<uint64_t>()), reply);
  REQUIRE(fixture.RunUntilDone());
  CHECK(fixture.sink.violation.empty());
  CHECK(fixture.sink.ended);
  CHECK(fixture.sink.body == "no");
  // What was left of the body must not be taken for the next request.
  CHECK(RunUntil(fixture.docker.loop, [&] { return fixture.docker.server->Open() == 0; }));
}

TEST_CASE("CurlTransfer: an early answer to a paused upload may itself be paused", "[proxy]") {
  UploadFixture fixture(1000);
  fixture.sink.flow = Flow::Wait;
  const std::string body(300'000, 'x');
  REQUIRE(RunUntil(fixture.docker.loop, [&] { return !fixture.head.empty(); }));
  fixture.Connection().Send(HttpReply(200, body));
  RunFor(fixture.docker.loop, milliseconds(50));
  CHECK_FALSE(fixture.sink.IsDone());
  CHECK(fixture.sink.body.size() <= 64 * 1024);
  fixture.sink.flow = Flow::Go;
  fixture.exchange->Resume();
  REQUIRE(fixture.RunUntilDone());
  CHECK(fixture.sink.ended);
  CHECK(fixture.sink.body == body);
}

TEST_CASE("CurlTransfer: an upload goes on while its answer is paused", "[proxy]") {
  UploadFixture fixture(10);
  fixture.sink.flow = Flow::Wait;
  REQUIRE(RunUntil(fixture.docker.loop, [&] { return !fixture.head.empty(); }));
  fixture.Connection().Send("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + std::string(199'990, 'x'));
  RunFor(fixture.docker.loop, milliseconds(50));
  fixture.body->Push("01234");
  REQUIRE(fixture.RunUntilReceived("01234"));
  fixture.sink.flow = Flow::Go;
  fixture.exchange->Resume();
  fixture.body->Push("56789");
  REQUIRE(fixture.RunUntilReceived("0123456789"));
  fixture.Connection().Send(std::string(10, 'y'));
  REQUIRE(fixture.RunUntilDone());
  CHECK(fixture.sink.ended);
  CHECK(fixture.sink.body.size() == 200'000);
}

TEST_CASE("CurlTransfer: a lost connection ends a paused upload", "[proxy]") {
  UploadFixture fixture(GENERATE(std::optional<uint64_t>(1000), std::optional<uint64_t>()));
  REQUIRE(RunUntil(fixture.docker.loop, [&] { return !fixture.head.empty(); }));
  RunFor(fixture.docker.loop, milliseconds(20));
  SECTION("before an answer") {}
  SECTION("in the middle of an answer") {
    fixture.Connection().Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    REQUIRE(RunUntil(fixture.docker.loop, [&] { return fixture.sink.body == "abc"; }));
  }
  SECTION("in the middle of an answer in chunks") {
    fixture.Connection().Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    REQUIRE(RunUntil(fixture.docker.loop, [&] { return fixture.sink.body == "abc"; }));
  }
  fixture.Connection().Cut();
  REQUIRE(fixture.RunUntilDone());
  REQUIRE(fixture.sink.failure.has_value());
  CHECK(fixture.sink.failure->kind == Failure::Kind::Broken);
}

TEST_CASE("CurlTransfer: a body that breaks off fails the request, and the engine sees it", "[proxy]") {
  UploadFixture fixture(10);
  fixture.body->Push("012");
  REQUIRE(fixture.RunUntilReceived("012"));
  std::string words;
  SECTION("with an error") {
    fixture.body->Finish(BodySource::Chunk::State::Error);
    words = "the request's body broke off";
  }
  SECTION("too early") {
    fixture.body->Finish();
    words = "the request's body ended 7 bytes early";
  }
  REQUIRE(fixture.RunUntilDone());
  REQUIRE(fixture.sink.failure.has_value());
  CHECK(fixture.sink.failure->kind == Failure::Kind::BadRequest);
  CHECK(fixture.sink.failure->message.find(words) != std::string::npos);
  CHECK(RunUntil(fixture.docker.loop, [&] { return fixture.Connection().IsClosed(); }));
}

TEST_CASE("CurlTransfer: a paused upload can be cancelled", "[proxy]") {
  UploadFixture fixture(10);
  REQUIRE(RunUntil(fixture.docker.loop, [&] { return !fixture.head.empty(); }));
  RunFor(fixture.docker.loop, milliseconds(10));
  fixture.exchange.reset();
  CHECK(RunUntil(fixture.docker.loop, [&] { return fixture.Connection().IsClosed(); }));
  CHECK_FALSE(fixture.sink.IsDone());
  CHECK(fixture.body->on_ready == nullptr);
}

TEST_CASE("CurlTransfer: a paused upload costs no processor time", "[proxy]") {
  UploadFixture fixture(10);
  REQUIRE(RunUntil(fixture.docker.loop, [&] { return !fixture.head.empty(); }));
  RunFor(fixture.docker.loop, milliseconds(20));
  int turns = 0;
  const auto end = std::chrono::steady_clock::now() + milliseconds(100);
  while (std::chrono::steady_clock::now() < end) {
    fixture.docker.loop.RunOnce(milliseconds(20));
    ++turns;
  }
  CHECK(turns < 20);
}
