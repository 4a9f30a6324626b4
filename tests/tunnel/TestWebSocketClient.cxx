// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <future>

#include "tests/tunnel/WebSocketFixture.hxx"

using namespace lookout;

namespace {

/** Sends every message back, until the client closes. */
void Echo(ScriptPeer &peer) {
  peer.AcceptUpgrade();
  while (const auto message = peer.ReadMessage()) peer.SendFrame(1, *message);
}

}  // namespace

TEST_CASE("WebSocketClient: asks for the upgrade as the protocol wants it", "[tunnel]") {
  std::promise<std::string> head;
  ScriptListener server([&](ScriptPeer &peer) {
    head.set_value(peer.AcceptUpgrade());
    peer.ReadToEnd();
  });
  WebSocketFixture test;
  test.Dial("http://" + server.Authority() + "/base/");
  REQUIRE(test.WaitOpen());
  const auto request = head.get_future().get();
  CHECK_THAT(request, Catch::StartsWith("GET /base/api/portwing/ws HTTP/1.1\r\n"));
  CHECK(HeaderOf(request, "Host") == server.Authority());
  CHECK(HeaderOf(request, "Upgrade") == "websocket");
  CHECK(HeaderOf(request, "Sec-WebSocket-Version") == "13");
  for (const auto *const absent : {"Origin", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Cookie"}) {
    CHECK(HeaderOf(request, absent).empty());
  }
  CHECK(test.handler.opened.front().peer == server.Authority());
  CHECK_FALSE(test.handler.opened.front().verified_date);
}

TEST_CASE("WebSocketClient: carries messages both ways", "[tunnel]") {
  ScriptListener server(Echo);
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  REQUIRE(test.WaitOpen());
  test.Send("one");
  test.Send("");
  test.Send(std::string(200'000, 'x'));
  REQUIRE(test.WaitFor([&] { return test.handler.messages.size() == 3; }));
  CHECK(test.handler.messages[0] == "one");
  CHECK(test.handler.messages[1].empty());
  CHECK(test.handler.messages[2] == std::string(200'000, 'x'));
  CHECK(test.handler.activities > 0);
  CHECK(test.handler.progresses > 0);
}
