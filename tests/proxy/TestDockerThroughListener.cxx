// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <memory>
#include <string>

#include "base/Strings.hxx"
#include "proxy/DockerTransport.hxx"
#include "proxy/Listener.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/ScriptedServer.hxx"
#include "tests/support/TempDir.hxx"
#include "tests/support/WireClient.hxx"

using namespace lookout;

namespace {

/** Client, listener, transport and engine; what the engine sees of requests, and the client of answers. */
struct Chain {
  explicit Chain(ScriptedServer::OnRequest on_request)
      : engine(loop, directory.Join("docker.sock"), std::move(on_request)), client(loop, listener.Port()) {}

  bool Run(const std::function<bool()> &done) { return RunUntil(loop, done, std::chrono::seconds(5)); }

  TempDir directory;
  SystemClock clock;
  EventLoop loop{clock};
  ScriptedServer engine;
  DockerTransport transport{loop, engine.Path()};
  Listener listener{loop, {}, transport};
  WireClient client;
};

/** The fields that a proxy could get wrong, in a fixed order: "length=3 coding=chunked". */
std::string FramingIn(const std::string &head) {
  std::string found;
  for (const auto *const name : {"content-length: ", "transfer-encoding: ", "expect: "}) {
    const auto lower = ToLower(head);
    const size_t at = lower.find(std::string("\r\n") + name);
    if (at == std::string::npos) continue;
    const size_t start = at + 2;
    found += (found.empty() ? "" : "; ") + lower.substr(start, lower.find("\r\n", start) - start);
  }
  return found;
}

}  // namespace

TEST_CASE("Docker through the listener: requests keep their target, framing and fields", "[listener][proxy]") {
  const auto [request, body, framing] = GENERATE(table<std::string, std::string, std::string>({
      {"GET /v1.41/images/a%2Fb//c/../json?x=%7B%7D&y HTTP/1.1\r\n", "", ""},
      {"POST /containers/x/start HTTP/1.1\r\n", "", "content-length: 0"},
      {"POST /containers/x/start HTTP/1.1\r\nContent-Length: 0\r\n", "", "content-length: 0"},
      {"POST /containers/create HTTP/1.1\r\nContent-Length: 3\r\n", "{ }", "content-length: 3"},
      {"PUT /containers/x/archive HTTP/1.1\r\nTransfer-Encoding: chunked\r\n", "3\r\n{ }\r\n0\r\n\r\n",
       "transfer-encoding: chunked"},
      {"POST /build HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n", "{ }", "content-length: 3"},
      {"DELETE /containers/x HTTP/1.1\r\n", "", ""},
  }));
  CAPTURE(request);
  std::string head;
  Chain chain([&](auto &connection, const std::string &seen) {
    head = seen;
    if (FramingIn(seen).empty() || FramingIn(seen) == "content-length: 0") return connection.Send(HttpReply(200, "ok"));
    connection.StopParsing();
  });
  chain.client.Send(request + "Host: d\r\nX-Registry-Auth: e30=\r\nX-A: 1\r\nX-A: 2\r\nTE: trailers\r\n" +
                    "Keep-Alive: 5\r\nConnection: keep-alive, X-Private\r\nX-Private: 1\r\n\r\n" + body);
  if (!body.empty()) {
    REQUIRE(chain.Run(
        [&, body = body] { return chain.engine.Accepted() == 1 && chain.engine.At(0).Received().ends_with(body); }));
    CHECK(chain.engine.At(0).Received() == body);
    chain.engine.At(0).Send(HttpReply(200, "ok"));
  }
  REQUIRE(chain.Run([&] { return chain.client.Received().ends_with("ok"); }));
  CHECK_THAT(head, Catch::StartsWith(request.substr(0, request.find('\r'))));
  CHECK(FramingIn(head) == framing);
  CHECK_THAT(head, Catch::Contains("\r\nX-Registry-Auth: e30=\r\n") && Catch::Contains("\r\nX-A: 1\r\nX-A: 2\r\n"));
  CHECK_THAT(head, !Catch::Contains("X-Private") && !Catch::Contains("TE:") && !Catch::Contains("Keep-Alive"));
}

TEST_CASE("Docker through the listener: answers are relayed as they are", "[listener][proxy]") {
  const auto [answer, relayed] = GENERATE(table<std::string, std::string>({
      {"HTTP/1.1 301 Moved Permanently\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
       "HTTP/1.1 301 Moved Permanently\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"},
      {"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1/\r\nContent-Length: 2\r\n\r\nhi",
       "HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1/\r\nContent-Length: 2\r\n\r\nhi"},
      {"HTTP/1.1 200 Fine\r\nX-A: 1\r\nX-A: 2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 1\r\n\r\nx",
       "HTTP/1.1 200 Fine\r\nX-A: 1\r\nX-A: 2\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 1\r\n\r\nx"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n",
       "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 7\r\n\r\n"},
      {"HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"},
      {"HTTP/1.1 304 Not Modified\r\nEtag: x\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nEtag: x\r\n\r\n"},
      {"HTTP/1.1 418 Teapot\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b",
       "HTTP/1.1 418 Teapot\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b"},
  }));
  const auto dated = std::string(answer).insert(answer.find("\r\n"), "\r\nDate: today");
  Chain chain([dated = dated](auto &connection, const std::string &) { connection.Send(dated); });
  chain.client.Send("GET /x HTTP/1.1\r\nHost: d\r\n\r\n");
  const auto expected = std::string(relayed).insert(relayed.find("\r\n"), "\r\nDate: today");
  CHECK(chain.Run([&] { return chain.client.Received().size() >= expected.size(); }));
  CHECK(chain.client.Received() == expected);
  CHECK(chain.engine.Accepted() == 1);
}

TEST_CASE("Docker through the listener: an answer that breaks off is broken off", "[listener][proxy]") {
  SECTION("with a length: a short body and a closed connection") {
    Chain chain([](auto &connection, const std::string &) {
      connection.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
      connection.FinishSending();
    });
    chain.client.Send("GET /x HTTP/1.1\r\nHost: d\r\n\r\n");
    REQUIRE(chain.Run([&] { return chain.client.IsEof(); }));
    CHECK_THAT(chain.client.Received(), Catch::Contains("Content-Length: 100") && Catch::EndsWith("half"));
  }
  SECTION("in chunks: no last chunk") {
    Chain chain([](auto &connection, const std::string &) {
      connection.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
      connection.FinishSending();
    });
    chain.client.Send("GET /x HTTP/1.1\r\nHost: d\r\n\r\n");
    REQUIRE(chain.Run([&] { return chain.client.IsEof(); }));
    CHECK_THAT(chain.client.Received(), Catch::EndsWith("4\r\nhalf\r\n"));
  }
  SECTION("until the end of the connection for an old client: a reset") {
    Chain chain([](auto &connection, const std::string &) {
      connection.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n");
      connection.FinishSending();
    });
    chain.client.Send("GET /x HTTP/1.0\r\n\r\n");
    REQUIRE(chain.Run([&] { return chain.client.IsEof(); }));
    CHECK(chain.client.IsReset());
  }
}

TEST_CASE("Docker through the listener: no engine is 502, a silent one 504", "[listener][proxy]") {
  Chain chain([](auto &, const std::string &) {});
  DeadlineSettings deadlines;
  deadlines.quick = std::chrono::milliseconds(30);
  chain.transport.SetDeadlines(deadlines);
  chain.client.Send("GET /x HTTP/1.1\r\nHost: d\r\n\r\n");
  CHECK(chain.Run([&] { return chain.client.Received().ends_with("\n"); }));
  CHECK_THAT(chain.client.Received(), Catch::StartsWith("HTTP/1.1 504 "));
  chain.engine.Shutdown();
  chain.client.Received().clear();
  chain.client.Send("GET /x HTTP/1.1\r\nHost: d\r\n\r\n");
  CHECK(chain.Run([&] { return chain.client.Received().ends_with("\n"); }));
  CHECK_THAT(chain.client.Received(), Catch::StartsWith("HTTP/1.1 502 "));
}

TEST_CASE("Docker through the listener: every upgrade is relayed with its fields and its body", "[listener][upgrade]") {
  const auto [target, protocol] = GENERATE(table<std::string, std::string>({
      {"/v1.41/exec/x/start", "tcp"},
      {"/containers/x/attach?stream=1&stdin=1", "tcp"},
      {"/session", "h2c"},
      {"/grpc", "h2c"},
      {"/containers/x/attach/ws", "websocket"},
  }));
  CAPTURE(target);
  const std::string body(3'000'000, 'b');
  std::string head;
  Chain chain([&](auto &connection, const std::string &seen) {
    head = seen;
    connection.StopParsing();
    connection.AllowHalfClose();
  });
  chain.client.Send("POST " + target +
                    " HTTP/1.1\r\nHost: d\r\nX-Docker-Expose-Session-Uuid: 7\r\nX-A: 1\r\nX-A: 2\r\n" +
                    "Connection: Upgrade\r\nUpgrade: " + protocol + "\r\nContent-Length: 3000000\r\n\r\n" + body);
  REQUIRE(
      chain.Run([&] { return chain.engine.Accepted() == 1 && chain.engine.At(0).Received().size() >= body.size(); }));
  CHECK_THAT(head, Catch::StartsWith("POST " + target + " HTTP/1.1\r\n") &&
                       Catch::Contains("Upgrade: " + protocol + "\r\n") && Catch::Contains("Connection: Upgrade\r\n") &&
                       Catch::Contains("Content-Length: 3000000\r\n") &&
                       Catch::Contains("X-Docker-Expose-Session-Uuid: 7\r\nX-A: 1\r\nX-A: 2\r\n"));
  auto &engine = chain.engine.At(0);
  engine.Received().clear();
  engine.Send("HTTP/1.1 101 UPGRADED\r\nX-B: 1\r\nConnection: Upgrade\r\nUpgrade: " + protocol + "\r\n\r\nready");
  REQUIRE(chain.Run([&] { return chain.client.Received().ends_with("ready"); }));
  CHECK_THAT(chain.client.Received(), Catch::StartsWith("HTTP/1.1 101 UPGRADED\r\nX-B: 1\r\n") &&
                                          Catch::Contains("Upgrade: " + protocol + "\r\n"));
  chain.client.Send(std::string(500'000, 'i'));
  chain.client.CloseWrite();
  REQUIRE(chain.Run([&] { return engine.HasEof(); }));
  CHECK(engine.Received() == std::string(500'000, 'i'));
  chain.client.Received().clear();
  engine.Send(std::string(500'000, 'o'));
  engine.FinishSending();
  REQUIRE(chain.Run([&] { return chain.client.IsEof(); }));
  CHECK(chain.client.Received() == std::string(500'000, 'o'));
  CHECK_FALSE(chain.client.IsReset());
  CHECK(chain.Run([&] { return chain.listener.Connections() == 0; }));
}

TEST_CASE("Docker through the listener: the end of a process ends the client's connection", "[listener][upgrade]") {
  Chain chain([](auto &connection, const std::string &) {
    connection.StopParsing();
    connection.Send("HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nbye");
    connection.FinishSending();
  });
  chain.client.Send("POST /exec/x/start HTTP/1.1\r\nHost: d\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
  REQUIRE(chain.Run([&] { return chain.client.IsEof(); }));
  CHECK_THAT(chain.client.Received(), Catch::EndsWith("\r\n\r\nbye"));
  chain.client.CloseWrite();
  CHECK(chain.Run([&] { return chain.listener.Connections() == 0; }));
}
