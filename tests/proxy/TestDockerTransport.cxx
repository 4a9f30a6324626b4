// SPDX-License-Identifier: Apache-2.0
#include "proxy/DockerTransport.hxx"

#include <sys/socket.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <list>
#include <stdexcept>
#include <string>
#include <vector>

#include "proxy/UnixSocket.hxx"
#include "tests/proxy/DockerFixture.hxx"

using namespace lookout;

namespace {

/** Answers every request with 200 and keeps its head. */
struct HeadKeeper {
  std::vector<std::string> heads;
  ScriptedServer::OnRequest Answer() {
    return [this](ScriptedServer::Connection &connection, const std::string &head) {
      heads.push_back(head);
      connection.Send(head.starts_with("HEAD ") ? "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"
                                                : HttpReply(200, "{}"));
    };
  }
};

size_t CountFds() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

/** A socket on which nobody accepts, with room for one connection once it listens; and a transport to it. */
struct DeafEngine {
  void Listen() {
    const auto address = MakeUnixAddress(path).value();
    REQUIRE(::bind(socket.Get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    REQUIRE(::listen(socket.Get(), 0) == 0);
  }

  std::unique_ptr<Exchange> Ask(RecordingSink &sink) {
    auto request = MakeAgentRequest("GET", "/info");
    request.deadlines = Deadlines{std::chrono::milliseconds(100), std::chrono::milliseconds(200), {}};
    return transport.Handle(std::move(request), sink);
  }

  std::list<RecordingSink> AskFour() {
    std::list<RecordingSink> sinks(4);
    std::list<std::unique_ptr<Exchange>> exchanges;
    for (auto &sink : sinks) exchanges.push_back(Ask(sink));
    REQUIRE(RunUntil(
        loop, [&] { return std::all_of(sinks.begin(), sinks.end(), [](const auto &sink) { return sink.IsDone(); }); }));
    return sinks;
  }

  TempDir directory;
  SystemClock clock;
  EventLoop loop{clock};
  const std::string path = directory.Join("docker.sock");
  const UniqueFd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  DockerTransport transport{loop, path};
};

}  // namespace

TEST_CASE("DockerTransport: a request reaches the engine exactly as it was written", "[proxy]") {
  HeadKeeper keeper;
  DockerFixture fixture(keeper.Answer());
  auto request = MakeAgentRequest("GET", "/../%2F//x?y=%00&z=a+b");
  request.head.headers = {{"X-Registry-Auth", "abc"},
                          {"X-Empty", ""},
                          {"X-Twice", "1"},
                          {"X-Twice", "2"},
                          {"X-Hop", "secret"},
                          {"Connection", "close, X-Hop"},
                          {"Transfer-Encoding", "gzip"},
                          {"Host", "evil"},
                          {"Content-Length", "7"},
                          {"Expect", "100-continue"},
                          {"Upgrade", "tcp"},
                          {"TE", "trailers"}};
  const auto sink = fixture.Ask(std::move(request));
  CHECK(sink.violation.empty());
  CHECK(sink.ended);
  CHECK(keeper.heads.at(0) ==
        "GET /../%2F//x?y=%00&z=a+b HTTP/1.1\r\nHost: localhost\r\nX-Registry-Auth: abc\r\nX-Empty:\r\n"
        "X-Twice: 1\r\nX-Twice: 2\r\n\r\n");
}

TEST_CASE("DockerTransport: methods are passed on, and only those with a body by nature get a length", "[proxy]") {
  HeadKeeper keeper;
  DockerFixture fixture(keeper.Answer());
  const auto [method, more] = GENERATE(table<std::string, std::string>({
      {"GET", ""},
      {"HEAD", ""},
      {"DELETE", ""},
      {"OPTIONS", ""},
      {"PROPFIND", ""},
      {"POST", "Content-Length: 0\r\n"},
      {"PUT", "Content-Length: 0\r\n"},
      {"PATCH", "Content-Length: 0\r\n"},
  }));
  const auto sink = fixture.Ask(method, "/x");
  CHECK(sink.ended);
  CHECK(sink.body == (method == "HEAD" ? "" : "{}"));
  CHECK(keeper.heads.at(0) == method + " /x HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n");
}

TEST_CASE("DockerTransport: nothing of a request is left for the next one", "[proxy]") {
  HeadKeeper keeper;
  DockerFixture fixture(keeper.Answer());
  const auto ask = [&](std::string_view method, const std::string &body = "") {
    auto request = MakeAgentRequest(method, "/x");
    if (!body.empty()) request.body = std::make_unique<StringBody>(body);
    if (!body.empty()) request.head.headers.Add("Content-Type", "text/plain");
    const auto sink = fixture.Ask(std::move(request));
    REQUIRE(sink.ended);
    CHECK(sink.body == (method == "HEAD" ? "" : "{}"));
  };
  const std::string body = "Content-Type: text/plain\r\nContent-Length: 2\r\n";
  const auto [method, text, more] = GENERATE_COPY(table<std::string, std::string, std::string>({
      {"HEAD", "", ""},
      {"DELETE", "", ""},
      {"OPTIONS", "", ""},
      {"POST", "", "Content-Length: 0\r\n"},
      {"PUT", "ab", body},
      {"GET", "ab", body},
  }));
  for (const auto &[this_method, this_text] : {std::pair("GET", ""), std::pair(method.c_str(), text.c_str())}) {
    ask(this_method, this_text);
    ask(this_method, this_text);
  }
  ask("GET");
  const std::string plain = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n";
  const std::string other = method + " /x HTTP/1.1\r\nHost: localhost\r\n" + more + "\r\n";
  CHECK(keeper.heads == std::vector{plain, plain, other, other, plain});
}

TEST_CASE("DockerTransport: the answer to a HEAD request has a head only", "[proxy]") {
  HeadKeeper keeper;
  DockerFixture fixture(keeper.Answer());
  const auto sink = fixture.Ask("HEAD", "/_ping");
  CHECK(sink.ended);
  CHECK(*sink.head->headers.Find("content-length") == "1000");
}

TEST_CASE("DockerTransport: a request that cannot be written is refused from the loop", "[proxy]") {
  DockerFixture fixture([](auto &, const auto &) {});
  Request request = MakeAgentRequest("GET", "/x");
  SECTION("method") {
    request.head.method = "GET /";
  }
  SECTION("target with a blank") {
    request.head.target = "/a b";
  }
  SECTION("target with a line end") {
    request.head.target = "/a\r\nX: y";
  }
  SECTION("target without a slash") {
    request.head.target = "a";
  }
  SECTION("header name") {
    request.head.headers.Add("A:B", "c");
  }
  SECTION("header value") {
    request.head.headers.Add("A", "b\r\nc: d");
  }
  SECTION("HEAD with a body") {
    request.head.method = "HEAD";
    request.body = std::make_unique<StringBody>("x");
  }
  RecordingSink sink;
  const auto exchange = fixture.transport.Handle(std::move(request), sink);
  CHECK_FALSE(sink.IsDone());
  REQUIRE(RunUntil(fixture.loop, [&] { return sink.IsDone(); }));
  CHECK(sink.failure->kind == Failure::Kind::BadRequest);
  CHECK(fixture.server->Accepted() == 0);
}

TEST_CASE("DockerTransport: a socket path that cannot be one is refused at once", "[proxy]") {
  SystemClock clock;
  EventLoop loop(clock);
  CHECK_NOTHROW(DockerTransport(loop, std::string(107, 'x')));
  CHECK_THROWS_AS(DockerTransport(loop, std::string(108, 'x')), std::runtime_error);
  CHECK_THROWS_AS(DockerTransport(loop, ""), std::runtime_error);
}

TEST_CASE("DockerTransport: an engine that is not there is Unreachable, with what to do", "[proxy]") {
  DockerFixture fixture([](auto &, const auto &) {});
  const std::string path = fixture.server->Path();
  std::string advice;
  SECTION("no socket") {
    fixture.server.reset();
    advice = "the socket does not exist; is dockerd running, and is DOCKER_SOCKET right?";
  }
  SECTION("nobody listens") {
    const std::string other = path + ".old";
    REQUIRE(::rename(path.c_str(), other.c_str()) == 0);
    fixture.server.reset();
    REQUIRE(::rename(other.c_str(), path.c_str()) == 0);
    advice = "nobody listens on the socket; is dockerd running (systemctl status docker)?";
  }
  SECTION("not a socket") {
    fixture.server.reset();
    std::ofstream(path).put('x');
    advice = "nobody listens on the socket; is dockerd running (systemctl status docker)?";
  }
  const auto sink = fixture.Ask("GET", "/containers/json?authconfig=secret");
  REQUIRE(sink.failure.has_value());
  CHECK(sink.failure->kind == Failure::Kind::Unreachable);
  CHECK(sink.failure->message ==
        "sending Docker API request GET /containers/json: " + advice + " (socket " + path + ")");
  CHECK(sink.violation.empty());
}

TEST_CASE("DockerTransport: 100 requests at a time use 100 connections, again and again", "[proxy]") {
  HeadKeeper keeper;
  DockerFixture fixture(keeper.Answer());
  for (int round = 0; round < 3; ++round) {
    std::list<RecordingSink> sinks(100);
    std::list<std::unique_ptr<Exchange>> exchanges;
    for (auto &sink : sinks) exchanges.push_back(fixture.transport.Handle(MakeAgentRequest("GET", "/info"), sink));
    REQUIRE(RunUntil(fixture.loop, [&] {
      return std::all_of(sinks.begin(), sinks.end(), [](const auto &sink) { return sink.ended; });
    }));
  }
  CHECK(keeper.heads.size() == 300);
  CHECK(fixture.server->Accepted() <= 100);
}

TEST_CASE("DockerTransport: idle connections are bounded", "[proxy]") {
  HeadKeeper keeper;
  DockerFixture fixture(keeper.Answer());
  std::list<RecordingSink> sinks(150);
  std::list<std::unique_ptr<Exchange>> exchanges;
  for (auto &sink : sinks) exchanges.push_back(fixture.transport.Handle(MakeAgentRequest("GET", "/info"), sink));
  REQUIRE(RunUntil(fixture.loop, [&] {
    return std::all_of(sinks.begin(), sinks.end(), [](const auto &sink) { return sink.ended; });
  }));
  CHECK(RunUntil(fixture.loop,
                 [&] { return fixture.server->Open() <= static_cast<size_t>(DockerTransport::kMaxIdleConnections); }));
}

TEST_CASE("DockerTransport: connections to an engine that has gone are not kept", "[proxy]") {
  HeadKeeper keeper;
  DockerFixture fixture(keeper.Answer());
  const size_t before = CountFds();
  {
    std::list<RecordingSink> sinks(50);
    std::list<std::unique_ptr<Exchange>> exchanges;
    for (auto &sink : sinks) exchanges.push_back(fixture.transport.Handle(MakeAgentRequest("GET", "/info"), sink));
    REQUIRE(RunUntil(fixture.loop, [&] {
      return std::all_of(sinks.begin(), sinks.end(), [](const auto &sink) { return sink.ended; });
    }));
  }
  fixture.server.reset();
  CHECK(CountFds() >= before + 49);
  // libcurl looks for dead connections once a second, when it needs one.
  RunFor(fixture.loop, std::chrono::milliseconds(1100));
  CHECK(fixture.Ask("GET", "/version").failure.has_value());
  CHECK(CountFds() <= before);
}

TEST_CASE("DockerTransport: an engine that does not accept connections is Unreachable or times out", "[proxy]") {
  DeafEngine engine;
  // What an earlier failure left behind must not explain this one.
  for (const auto &sink : engine.AskFour()) CHECK(sink.failure->kind == Failure::Kind::Unreachable);
  engine.Listen();
  const auto sinks = engine.AskFour();
  CHECK(sinks.front().failure->kind == Failure::Kind::TimedOut);
  CHECK(sinks.front().failure->message.find("no whole answer within 200 ms") != std::string::npos);
  CHECK(sinks.back().failure->kind == Failure::Kind::Unreachable);
  CHECK(sinks.back().failure->message.find("it is overloaded or stopped") != std::string::npos);
}

TEST_CASE("DockerTransport: an answer that ends its connection is followed by a new one", "[proxy]") {
  int requests = 0;
  DockerFixture fixture([&](auto &connection, const auto &) {
    ++requests;
    connection.Send(HttpReply(200, "x", "Connection: close\r\n"));
    connection.FinishSending();
  });
  for (int i = 0; i < 3; ++i) CHECK(fixture.Ask("GET", "/").ended);
  CHECK(requests == 3);
  CHECK(fixture.server->Accepted() == 3);
}

TEST_CASE("DockerTransport: a request that changes something is never sent twice", "[proxy]") {
  std::vector<std::string> methods;
  DockerFixture fixture([&](auto &connection, const std::string &head) {
    methods.push_back(head.substr(0, head.find(' ')));
    // The kept-alive connection breaks just when it is used again.
    if (methods.size() == 1) {
      connection.Send(HttpReply(200, "x"));
    } else {
      connection.Cut();
    }
  });
  REQUIRE(fixture.Ask("GET", "/").ended);
  const auto sink = fixture.Ask("POST", "/containers/create");
  REQUIRE(sink.failure.has_value());
  CHECK(sink.failure->kind == Failure::Kind::Broken);
  CHECK(methods == std::vector<std::string>{"GET", "POST"});
}

TEST_CASE("DockerTransport: a question is asked again when a kept-alive connection breaks", "[proxy]") {
  int requests = 0;
  DockerFixture fixture([&](auto &connection, const auto &) {
    if (++requests % 2 == 0) {
      connection.Cut();
    } else {
      connection.Send(HttpReply(200, "x"));
    }
  });
  REQUIRE(fixture.Ask("GET", "/").ended);
  // However often that happens: libcurl itself would give up at the sixth.
  for (int round = 1; round <= 8; ++round) {
    CHECK(fixture.Ask("GET", "/").ended);
    CHECK(requests == 1 + 2 * round);
  }
}

TEST_CASE("DockerTransport: the engine may come back on the same path", "[proxy]") {
  HeadKeeper keeper;
  DockerFixture fixture(keeper.Answer());
  REQUIRE(fixture.Ask("GET", "/").ended);
  const std::string path = fixture.server->Path();
  fixture.server.reset();
  CHECK(fixture.Ask("GET", "/").failure->kind == Failure::Kind::Unreachable);
  fixture.server.emplace(fixture.loop, path, keeper.Answer());
  CHECK(fixture.Ask("GET", "/").ended);
}

TEST_CASE("DockerTransport: a connection that was given up does not silence the next one", "[proxy]") {
  DeafEngine engine;
  engine.Listen();
  RecordingSink first;
  RecordingSink given_up;
  RecordingSink next;
  const auto takes_the_place = engine.Ask(first);
  auto exchange = engine.Ask(given_up);
  engine.loop.RunDeferred();
  exchange.reset();
  exchange = engine.Ask(next);
  REQUIRE(RunUntil(engine.loop, [&] { return next.IsDone(); }));
  CHECK(next.failure->kind == Failure::Kind::Unreachable);
}
