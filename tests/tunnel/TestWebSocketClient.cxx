// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <atomic>
#include <future>

#include "tests/support/ProcessUsage.hxx"
#include "tests/tunnel/WebSocketFixture.hxx"
#include "tunnel/FrameBatch.hxx"

using namespace lookout;

namespace {

constexpr size_t kMiB = 1024 * 1024;

/** Sends every message back, until the client closes. */
void Echo(ScriptPeer &peer) {
  peer.AcceptUpgrade();
  while (const auto message = peer.ReadMessage()) peer.SendFrame(1, *message);
}

/** Not the same bytes everywhere, so that what is lost or out of order shows. */
std::string Pattern(size_t size) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i ^ (i >> 10)) % 26);
  return text;
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
  const TestCa ca("Test Root");
  const auto certificate = ca.Issue({{"IP:127.0.0.1", "IP:::1"}});
  const bool tls = GENERATE(false, true);
  const std::string address = GENERATE("127.0.0.1", "::1");
  CAPTURE(tls, address);
  ScriptListener server(Echo, address, tls ? &certificate : nullptr);
  WebSocketFixture test;
  test.settings.tls.skip_verify = true;
  test.Dial((tls ? "wss://" : "ws://") + server.Authority());
  REQUIRE(test.WaitOpen());
  test.Send("one");
  test.Send("");
  test.Send(Pattern(200'000));
  REQUIRE(test.WaitFor([&] { return test.handler.messages.size() == 3; }));
  CHECK(test.handler.messages[0] == "one");
  CHECK(test.handler.messages[1].empty());
  CHECK(test.handler.messages[2] == Pattern(200'000));
  CHECK(test.handler.activities > 0);
  CHECK(test.handler.progresses > 0);
}

TEST_CASE("WebSocketClient: sends masked text, in frames of at most 64 KiB", "[tunnel]") {
  constexpr size_t kWhole = FrameBatch::kMaxWhole;
  std::vector<WsFrame> frames;
  std::atomic<bool> done = false;
  ScriptListener server([&](ScriptPeer &peer) {
    peer.AcceptUpgrade();
    for (int i = 0; i < 4; ++i) frames.push_back(peer.ReadFrame().value());
    done = true;
    peer.ReadToEnd();
  });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  REQUIRE(test.WaitOpen());
  test.Send(std::string(kWhole, 'a'));
  test.Send(std::string(2 * kWhole + 1, 'b'));
  REQUIRE(test.WaitFor([&] { return done.load(); }));
  const auto describe = [&](size_t i) {
    const auto &frame = frames[i];
    return std::to_string(frame.opcode) + (frame.is_final ? " final " : " more ") +
           std::to_string(frame.payload.size());
  };
  CHECK(describe(0) == "1 final 65528");
  CHECK(describe(1) == "1 more 65528");
  CHECK(describe(2) == "0 more 65528");
  CHECK(describe(3) == "0 final 1");
  for (const auto &frame : frames) CHECK(frame.is_masked);
}

TEST_CASE("WebSocketClient: joins fragments of text and binary messages around control frames", "[tunnel]") {
  std::promise<std::string> pong;
  ScriptListener server([&](ScriptPeer &peer) {
    peer.AcceptUpgrade();
    peer.SendFrame(2, "binary");
    peer.SendFrame(1, "he", false);
    peer.SendFrame(9, "still there?");
    peer.SendFrame(0, "", false);
    peer.SendFrame(0, "llo");
    peer.SendFrame(1, "");
    peer.SendFrame(1, Pattern(100'000), false);
    peer.SendFrame(0, "end");
    const auto frame = peer.ReadFrame();
    pong.set_value(frame && frame->opcode == 10 ? frame->payload : "no pong");
    peer.ReadToEnd();
  });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  REQUIRE(test.WaitFor([&] { return test.handler.messages.size() == 4; }));
  CHECK(test.handler.messages[0] == "binary");
  CHECK(test.handler.messages[1] == "hello");
  CHECK(test.handler.messages[2].empty());
  CHECK(test.handler.messages[3] == Pattern(100'000) + "end");
  auto answer = pong.get_future();
  REQUIRE(test.WaitFor([&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
  CHECK(answer.get() == "still there?");
}

TEST_CASE("WebSocketClient: 16 MiB pass in both directions", "[tunnel]") {
  ScriptListener server(Echo);
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  REQUIRE(test.WaitOpen());
  test.Send(Pattern(16 * kMiB));
  REQUIRE(test.WaitFor([&] { return !test.handler.messages.empty() || !test.handler.closed.empty(); }));
  REQUIRE(test.handler.messages.size() == 1);
  CHECK(test.handler.messages[0] == Pattern(16 * kMiB));
}

TEST_CASE("WebSocketClient: one byte more is refused with 1009, in one frame or in many", "[tunnel]") {
  const bool in_one_frame = GENERATE(true, false);
  CAPTURE(in_one_frame);
  std::promise<int> code;
  ScriptListener server([&](ScriptPeer &peer) {
    peer.AcceptUpgrade();
    if (in_one_frame) {
      peer.SendFrame(1, std::string(16 * kMiB + 1, 'x'));
    } else {
      for (int i = 0; i < 16; ++i) peer.SendFrame(i == 0 ? 1 : 0, std::string(kMiB, 'x'), false);
      peer.SendFrame(0, "x");
    }
    const auto frame = peer.ReadFrame();
    const bool is_close = frame && frame->opcode == 8 && frame->payload.size() >= 2;
    code.set_value(
        is_close ? (static_cast<unsigned char>(frame->payload[0]) << 8 | static_cast<unsigned char>(frame->payload[1]))
                 : 0);
    peer.SendFrame(8, frame ? frame->payload.substr(0, 2) : "");
    peer.ReadToEnd();
  });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  const auto closed = test.WaitClosed();
  CHECK_THAT(closed.message, Catch::Contains("message of over 16 MiB"));
  CHECK(closed.phase == CloseInfo::Phase::Open);
  CHECK(test.handler.messages.empty());
  auto seen = code.get_future();
  REQUIRE(seen.wait_for(std::chrono::seconds(5)) == std::future_status::ready);
  CHECK(seen.get() == 1009);
}

TEST_CASE("WebSocketClient: survives a flood of pings that nobody wants answered", "[tunnel]") {
  ScriptListener server([](ScriptPeer &peer) {
    peer.AcceptUpgrade();
    for (int i = 0; i < 20'000; ++i) peer.SendFrame(9, "flood");
    peer.SendFrame(1, "done");
    peer.ReadToEnd();
  });
  WebSocketFixture test;
  const size_t before = ResidentBytes();
  test.Dial("ws://" + server.Authority());
  REQUIRE(test.WaitFor([&] { return !test.handler.messages.empty(); }));
  if (IsMemoryMeasurable()) CHECK(ResidentBytes() < before + 4 * kMiB);
}

TEST_CASE("WebSocketClient: a peer that does not read costs no memory and stops the progress", "[tunnel]") {
  const TestCa ca("Test Root");
  const auto certificate = ca.Issue({{"IP:127.0.0.1"}});
  const bool tls = GENERATE(false, true);
  CAPTURE(tls);
  size_t count = 300;
  constexpr size_t kSize = 60'000;
  std::promise<void> wake;
  std::promise<size_t> intact;
  ScriptListener server(
      [&](ScriptPeer &peer) {
        peer.AcceptUpgrade();
        wake.get_future().wait();
        size_t good = 0;
        while (good < count && peer.ReadMessage() == Pattern(kSize)) ++good;
        intact.set_value(good);
        peer.ReadToEnd();
      },
      "127.0.0.1", tls ? &certificate : nullptr);
  WebSocketFixture test;
  test.settings.tls.skip_verify = true;
  test.Dial((tls ? "wss://" : "ws://") + server.Authority());
  REQUIRE(test.WaitOpen());
  for (size_t i = 0; i < count; ++i) test.handler.to_send.push_back(Pattern(kSize));
  test.client->RequestWrite();
  // As long as the kernels' buffers fill.
  int seen = -1;
  while (seen != test.handler.pulled) {
    seen = test.handler.pulled;
    RunFor(test.context, std::chrono::milliseconds(200));
  }
  CHECK(test.handler.to_send.size() > count / 10);
  // Nothing more is to be handed out, but not everything has left.
  test.handler.to_send.clear();
  count = static_cast<size_t>(test.handler.pulled);
  const int drained = test.handler.drained;
  const int progresses = test.handler.progresses;
  const size_t before = ResidentBytes();
  for (int i = 0; i < 100; ++i) test.client->RequestWrite();
  RunFor(test.context, std::chrono::milliseconds(300));
  CHECK(test.handler.pulled == seen);
  CHECK(test.handler.progresses == progresses);
  CHECK(test.handler.drained == drained);
  if (IsMemoryMeasurable()) CHECK(ResidentBytes() < before + kMiB);

  wake.set_value();
  auto result = intact.get_future();
  REQUIRE(test.WaitFor([&] { return result.wait_for(std::chrono::seconds(0)) == std::future_status::ready; }));
  CHECK(result.get() == count);
  CHECK(test.WaitFor([&] { return test.handler.drained > drained; }));
  CHECK(test.handler.progresses > progresses);
}

TEST_CASE("WebSocketClient: reads nothing while it is paused, and loses nothing", "[tunnel]") {
  ScriptListener server([](ScriptPeer &peer) {
    peer.AcceptUpgrade();
    for (int i = 0; i < 200; ++i) peer.SendFrame(1, Pattern(100'000));
    peer.ReadToEnd();
  });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  REQUIRE(test.WaitOpen());
  test.client->PauseReading(true);
  RunFor(test.context, std::chrono::milliseconds(100));
  const size_t while_paused = test.handler.messages.size();
  CHECK(while_paused < 200);
  RunFor(test.context, std::chrono::milliseconds(100));
  CHECK(test.handler.messages.size() == while_paused);
  test.client->PauseReading(false);
  REQUIRE(test.WaitFor([&] { return test.handler.messages.size() == 200; }));
  for (const auto &message : test.handler.messages) CHECK(message == Pattern(100'000));
}

TEST_CASE("WebSocketClient: sees life in pings, and progress in acknowledgements, below libwebsockets", "[tunnel]") {
  std::atomic<bool> stop = false;
  ScriptListener server([&](ScriptPeer &peer) {
    peer.AcceptUpgrade();
    while (!stop && peer.SendFrame(9, "ping")) std::this_thread::sleep_for(std::chrono::milliseconds(200));
  });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  REQUIRE(test.WaitOpen());
  CHECK(test.handler.activities == 0);
  CHECK(RunUntil(
      test.context, [&] { return test.handler.activities > 0; }, std::chrono::seconds(7)));
  stop = true;
}
