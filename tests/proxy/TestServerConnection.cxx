// SPDX-License-Identifier: Apache-2.0
#include "proxy/ServerConnection.hxx"

#include <catch2/catch.hpp>
#include <string>

#include "tests/proxy/ListenerFixture.hxx"
#include "tests/support/RunProgram.hxx"

using namespace lookout;

namespace {

std::string Get(const std::string &target) {
  return "GET " + target + " HTTP/1.1\r\nHost: d\r\n\r\n";
}

/** Answers every request with its method, target and body. */
void Echo(ScriptedHandler::Call &call) {
  call.Answer(200, call.request.head.method + " " + call.request.head.target + " " + call.body);
}

std::string Pattern(size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(i * 31 + i / 251);
  return bytes;
}

}  // namespace

TEST_CASE("ServerConnection: a request as the handler sees it", "[listener]") {
  ListenerFixture fixture;
  const auto client = fixture.Connect();
  client->Send(
      "POST /a%2Fb/../c?x=%20 HTTP/1.1\r\nHost: d\r\nX-A: 1\r\nConnection: X-Hop\r\nX-Hop: 2\r\n"
      "Content-Length: 3\r\n\r\nabc");
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty() && fixture.Call().body_ended; }));
  const auto &request = fixture.Call().request;
  CHECK(request.head.method == "POST");
  CHECK(request.head.target == "/a%2Fb/../c?x=%20");
  CHECK(request.head.headers.Size() == 2);
  CHECK(request.head.headers.Has("X-A"));
  CHECK(request.body->Length() == 3U);
  CHECK(request.origin.transport == Origin::Transport::Listener);
  CHECK_THAT(request.origin.actor, Catch::StartsWith("127.0.0.1:"));
  CHECK(fixture.Call().body == "abc");
}

TEST_CASE("ServerConnection: answers on a connection that is kept", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_body = Echo;
  const auto client = fixture.Connect();
  CHECK(fixture.Ask(*client, Get("/1"), "/1 ") == "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nGET /1 ");
  CHECK(fixture.Ask(*client, "POST /2 HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\nab", "ab") ==
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nPOST /2 ab");
  CHECK(fixture.Ask(*client,
                    "PUT /3 HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
                    "abc") == "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nPUT /3 abc");
  CHECK_FALSE(fixture.Call(2).request.body);
  CHECK(fixture.listener->Connections() == 1);
  CHECK_THAT(fixture.Ask(*client, "GET /4 HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n", "/4 "),
             Catch::Contains("Connection: close\r\n"));
  CHECK(fixture.Run([&] { return client->IsEof(); }));
}

TEST_CASE("ServerConnection: a request in single bytes", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_body = Echo;
  const auto client = fixture.Connect();
  for (const char c :
       std::string("PUT /x HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")) {
    client->Send({&c, 1});
    fixture.loop.RunOnce(std::chrono::milliseconds(1));
  }
  CHECK(fixture.Run([&] { return client->Received().ends_with("PUT /x abc"); }));
}

TEST_CASE("ServerConnection: pipelined requests are answered in order", "[listener]") {
  ListenerFixture fixture;
  const auto client = fixture.Connect();
  client->Send(Get("/1") + "POST /2 HTTP/1.1\r\nHost: d\r\nContent-Length: 2\r\n\r\nab" + Get("/3"));
  fixture.Pass();
  REQUIRE(fixture.handler.calls.size() == 1);
  Echo(fixture.Call(0));
  REQUIRE(fixture.Run([&] { return fixture.handler.calls.size() == 2; }));
  fixture.Pass();
  Echo(fixture.Call(1));
  REQUIRE(fixture.Run([&] { return fixture.handler.calls.size() == 3; }));
  fixture.Pass();
  Echo(fixture.Call(2));
  CHECK(fixture.Run([&] { return client->Received().ends_with("GET /3 "); }));
  CHECK(ListenerFixture::WithoutDate(client->Received()) ==
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nGET /1 HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nPOST /2 ab"
        "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\nGET /3 ");
}

TEST_CASE("ServerConnection: a client that pipelines and does not read is not served on", "[listener]") {
  ListenerFixture fixture;
  const std::string big(100'000, 'x');
  fixture.handler.on_body = [&](auto &call) { call.Answer(200, big); };
  const auto client = fixture.Connect();
  client->StopReading();
  std::string requests;
  for (int i = 0; i < 2000; ++i) requests += Get("/x");
  client->Send(requests);
  fixture.Pass(std::chrono::milliseconds(200));
  CHECK(fixture.handler.calls.size() < 200);
}

TEST_CASE("ServerConnection: HEAD and answers in chunks", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_body = [](auto &call) {
    call.Head(200, {{"X", "y"}});
    call.sink->OnData("abc");
    call.sink->OnData("de");
    call.sink->OnEnd();
  };
  const auto client = fixture.Connect();
  CHECK(fixture.Ask(*client, "HEAD / HTTP/1.1\r\nHost: d\r\n\r\n", "\r\n\r\n") == "HTTP/1.1 200 OK\r\nX: y\r\n\r\n");
  CHECK(fixture.Ask(*client, Get("/"), "0\r\n\r\n") ==
        "HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  CHECK(fixture.AskUntilEof("GET / HTTP/1.0\r\n\r\n") == "HTTP/1.1 200 OK\r\nX: y\r\nConnection: close\r\n\r\nabcde");
}

TEST_CASE("ServerConnection: malformed requests are refused and the connection closed", "[listener]") {
  const auto [wire, status] = GENERATE(table<std::string, std::string>({
      {"GET / HTTP/1.1\r\n\r\n", "400"},
      {"GET / HTTP/1.1\nHost: d\n\n", "400"},
      {"GET / HTTP/1.1\r\nHost: d\r\nA: b\r\n c\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"},
      {"POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"},
      {"POST / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: gzip\r\n\r\n", "501"},
      {"GET / HTTP/2.0\r\nHost: d\r\n\r\n", "505"},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "505"},
      {"GET / HTTP/1.1\r\nHost: d\r\nA: " + std::string(70'000, 'x') + "\r\n\r\n", "431"},
      {"GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: d\r\n\r\n", "414"},
      {"POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 1\r\nExpect: coffee\r\n\r\na", "417"},
      {"\x16\x03\x01\x02", ""},
  }));
  CAPTURE(wire);
  ListenerFixture fixture;
  const auto client = fixture.Connect();
  client->Send(wire + Get("/smuggled"));
  client->CloseWrite();
  REQUIRE(fixture.Run([&] { return client->IsEof(); }));
  CHECK_FALSE(client->IsReset());
  if (status == "417") return;  // that head was a valid one: what follows its body is a request
  CHECK(fixture.handler.calls.empty());
  if (!status.empty()) {
    CHECK_THAT(client->Received(), Catch::StartsWith("HTTP/1.1 " + status + " ") &&
                                       Catch::Contains("Connection: close\r\n") &&
                                       Catch::Contains("Content-Type: text/plain; charset=utf-8\r\n") &&
                                       Catch::Contains("X-Content-Type-Options: nosniff\r\n"));
  }
}

TEST_CASE("ServerConnection: a malformed chunked body ends the exchange", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_call = [](auto &call) { call.hold_body = true; };
  const auto client = fixture.Connect();
  client->Send("POST / HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + Get("/smuggled"));
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  fixture.Pass();
  fixture.Call().ReadBody();
  CHECK(fixture.Call().body_broken);
  fixture.Call().sink->OnError({Failure::Kind::BadRequest, "the request's body broke off"});
  REQUIRE(fixture.Run([&] { return client->IsEof(); }));
  CHECK_THAT(client->Received(), Catch::StartsWith("HTTP/1.1 400 "));
  CHECK(fixture.handler.calls.size() == 1);
}

TEST_CASE("ServerConnection: failures before the head become an answer", "[listener]") {
  const auto [kind, status] = GENERATE(table<Failure::Kind, std::string>({
      {Failure::Kind::BadRequest, "400 Bad Request"},
      {Failure::Kind::TooLarge, "413 Content Too Large"},
      {Failure::Kind::Refused, "503 Service Unavailable"},
      {Failure::Kind::TimedOut, "504 Gateway Timeout"},
      {Failure::Kind::Unreachable, "502 Bad Gateway"},
      {Failure::Kind::Broken, "502 Bad Gateway"},
  }));
  ListenerFixture fixture;
  fixture.handler.on_body = [kind = kind](auto &call) { call.sink->OnError({kind, "why"}); };
  const auto client = fixture.Connect();
  const auto expected = "HTTP/1.1 " + status +
                        "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 4\r\n"
                        "X-Content-Type-Options: nosniff\r\n\r\nwhy\n";
  CHECK(fixture.Ask(*client, Get("/"), "why\n") == expected);
  CHECK(fixture.Ask(*client, Get("/"), "why\n") == expected);
}

TEST_CASE("ServerConnection: a failure in the middle never looks like an end", "[listener]") {
  ListenerFixture fixture;
  const auto [version, headers] = GENERATE(table<std::string, HeaderList>({
      {"HTTP/1.1", {}},
      {"HTTP/1.1", {{"Content-Length", "10"}}},
      {"HTTP/1.0", {}},
  }));
  fixture.handler.on_body = [headers = headers](auto &call) {
    call.Head(200, headers);
    call.sink->OnData("abc");
    call.sink->OnError({Failure::Kind::Broken, "gone"});
  };
  const auto client = fixture.Connect();
  client->Send("GET / " + version + "\r\nHost: d\r\n\r\n");
  REQUIRE(fixture.Run([&] { return client->IsEof(); }));
  CHECK_THAT(client->Received(), !Catch::EndsWith("0\r\n\r\n"));
  if (version == "HTTP/1.0") CHECK(client->IsReset());
  const auto port = std::to_string(fixture.listener->Port());
  const auto option = version == "HTTP/1.0" ? std::string("-0 ") : std::string();
  CHECK_THAT(RunProgram(fixture.loop, "curl -s " + option + "http://127.0.0.1:" + port + "/"),
             !Catch::Contains("exit 0"));
}

TEST_CASE("ServerConnection: an answer of another length than stated is broken off", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_body = [](auto &call) {
    call.Head(200, {{"Content-Length", call.request.head.target == "/long" ? "2" : "9"}});
    call.sink->OnData("abc");
    call.sink->OnEnd();
  };
  CHECK_THAT(fixture.AskUntilEof(Get("/long")), !Catch::Contains("abc"));
  CHECK_THAT(fixture.AskUntilEof(Get("/short")), Catch::EndsWith("abc"));
}

TEST_CASE("ServerConnection: 100-continue is sent when the body is wanted", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_call = [](auto &call) { call.hold_body = true; };
  const auto client = fixture.Connect();
  client->Send("POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  fixture.Pass();
  CHECK(client->Received().empty());
  fixture.Call().hold_body = false;
  fixture.Call().ReadBody();
  CHECK(fixture.Run([&] { return client->Received() == "HTTP/1.1 100 Continue\r\n\r\n"; }));
  CHECK_FALSE(fixture.Call().request.head.headers.Has("Expect"));
  client->Send("abc");
  REQUIRE(fixture.Run([&] { return fixture.Call().body_ended; }));
  CHECK(fixture.Call().body == "abc");
  fixture.Call().Answer(200, "ok");
  CHECK(fixture.Run([&] { return client->Received().ends_with("ok"); }));
  CHECK_FALSE(client->IsEof());
}

TEST_CASE("ServerConnection: an early answer to an expectation closes the connection", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_call = [](auto &call) {
    call.hold_body = true;
    call.Answer(403, "no");
  };
  const auto client = fixture.Connect();
  client->Send("POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n");
  REQUIRE(fixture.Run([&] { return client->IsEof(); }));
  CHECK_THAT(client->Received(), Catch::StartsWith("HTTP/1.1 403 ") && Catch::Contains("Connection: close"));
}

TEST_CASE("ServerConnection: an early answer reaches a client that is still sending", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_call = [](auto &call) {
    call.hold_body = true;
    call.Answer(413, "too much");
  };
  const auto client = fixture.Connect();
  client->Send("POST / HTTP/1.1\r\nHost: d\r\nContent-Length: 10000000\r\n\r\n" + std::string(3'000'000, 'x'));
  REQUIRE(fixture.Run([&] { return client->Received().ends_with("too much"); }));
  CHECK_THAT(client->Received(), Catch::Contains("Connection: close"));
}

TEST_CASE("ServerConnection: a body nobody wants is read over when it is there", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_call = [](auto &call) {
    call.hold_body = true;
    call.request.body.reset();
    call.Answer(200, call.request.head.target);
  };
  const auto client = fixture.Connect();
  CHECK_THAT(fixture.Ask(*client, "POST /1 HTTP/1.1\r\nHost: d\r\nContent-Length: 3\r\n\r\nabc", "/1"),
             !Catch::Contains("Connection: close"));
  CHECK_THAT(fixture.Ask(*client, Get("/2"), "/2"), Catch::StartsWith("HTTP/1.1 200 "));
}

TEST_CASE("ServerConnection: a slow reader holds its source back", "[listener]") {
  ListenerFixture fixture;
  const auto body = Pattern(8'000'000);
  size_t at = 0;
  unsigned waits = 0;
  const auto client = fixture.Connect();
  client->StopReading();
  client->Send(Get("/"));
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  fixture.Pass();
  auto &call = fixture.Call();
  const auto produce = [&] {
    while (at < body.size()) {
      const auto piece = std::string_view(body).substr(at, 30'000);
      at += piece.size();
      if (call.sink->OnData(piece) == Flow::Wait) {
        ++waits;
        return;
      }
    }
    call.sink->OnEnd();
  };
  call.Head(200, {{"Content-Length", std::to_string(body.size())}});
  unsigned resumed = call.resumed;
  produce();
  for (int i = 0; i < 100; ++i) {
    fixture.Pass(std::chrono::milliseconds(1));
    if (call.resumed == resumed) continue;
    resumed = call.resumed;
    produce();
  }
  CHECK(at < body.size());
  CHECK(waits > 0);
  // The kernel's buffers are full: from now on nothing moves.
  fixture.Pass(std::chrono::milliseconds(20));
  CHECK(call.resumed == resumed);
  client->StartReading();
  CHECK(fixture.Run([&] {
    if (call.resumed != resumed) {
      resumed = call.resumed;
      produce();
    }
    return client->Received().size() > body.size();
  }));
  fixture.Pass();
  CHECK((client->Received().substr(client->Received().find("\r\n\r\n") + 4) == body));
}

TEST_CASE("ServerConnection: a slow handler holds the client back", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_call = [](auto &call) { call.hold_body = true; };
  const auto body = Pattern(8'000'000);
  const auto client = fixture.Connect();
  client->Send("POST / HTTP/1.1\r\nHost: d\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  fixture.Pass();
  CHECK(client->Unsent() > 1'000'000);
  fixture.Call().hold_body = false;
  fixture.Call().ReadBody();
  CHECK(fixture.Run([&] { return fixture.Call().body_ended; }));
  CHECK((fixture.Call().body == body));
}

TEST_CASE("ServerConnection: curl as a client", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_body = [](auto &call) {
    call.Head(200, {});
    if (!call.body.empty()) call.sink->OnData(call.body);
    call.sink->OnEnd();
  };
  const auto url = "http://127.0.0.1:" + std::to_string(fixture.listener->Port()) + "/";
  SECTION("upload with an expectation, two requests on a connection") {
    const auto command = "head -c 3000000 /dev/zero | curl -s -w '%{num_connects} ' -T - " + url + "a | wc -c";
    CHECK(RunProgram(fixture.loop, command) == "3000002\nexit 0\n");
    CHECK(RunProgram(fixture.loop, "curl -s -d abc -w '%{num_connects} ' " + url + "a " + url + "b") ==
          "abc1 abc0 exit 0\n");
  }
  SECTION("HEAD and HTTP/1.0") {
    CHECK_THAT(RunProgram(fixture.loop, "curl -sI " + url), Catch::StartsWith("HTTP/1.1 200 OK"));
    CHECK(RunProgram(fixture.loop, "curl -s0 -d abc " + url) == "abcexit 0\n");
  }
}

TEST_CASE("ServerConnection: what proxies tell of the client is no hop-by-hop field", "[listener]") {
  ListenerFixture fixture;
  const auto client = fixture.Connect();
  client->Send(
      "GET / HTTP/1.1\r\nHost: d\r\nConnection: close, x-forwarded-for, X-Real-IP, X-Hop\r\n"
      "X-Forwarded-For: 203.0.113.7\r\nX-Real-IP: 203.0.113.8\r\nX-Hop: 1\r\n\r\n");
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  const auto &headers = fixture.Call().request.head.headers;
  CHECK(headers.Joined("X-Forwarded-For") == "203.0.113.7");
  CHECK(headers.Joined("X-Real-IP") == "203.0.113.8");
  CHECK_FALSE(headers.Has("X-Hop"));
}

TEST_CASE("ServerConnection: an offer of HTTP/2 is no upgrade to a raw connection", "[listener]") {
  ListenerFixture fixture;
  fixture.handler.on_body = Echo;
  const auto client = fixture.Connect();
  const auto [fields, is_upgrade] = GENERATE(table<std::string, bool>({
      {"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n", false},
      {"Connection: Upgrade\r\nUpgrade: h2c\r\n", true},
      {"Connection: Upgrade\r\nUpgrade: tcp\r\n", true},
  }));
  client->Send("POST /session HTTP/1.1\r\nHost: d\r\n" + fields + "Content-Length: 0\r\n\r\n");
  REQUIRE(fixture.Run([&] { return !fixture.handler.calls.empty(); }));
  CHECK((fixture.Call().duplex != nullptr) == is_upgrade);
  CHECK(fixture.Call().request.head.headers.Has("Upgrade") == is_upgrade);
}
