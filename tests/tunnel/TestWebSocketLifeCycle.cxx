// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <atomic>
#include <future>

#include "tests/support/ProcessUsage.hxx"
#include "tests/tunnel/WebSocketFixture.hxx"

using namespace lookout;

namespace {

void AcceptAndStay(ScriptPeer &peer) {
  peer.AcceptUpgrade();
  peer.ReadToEnd();
}

/** The code and reason of a close frame as "1000 reason". */
std::string Describe(const std::optional<WsFrame> &frame) {
  if (!frame || frame->opcode != 8) return "no close frame";
  if (frame->payload.size() < 2) return "empty";
  const int code = static_cast<unsigned char>(frame->payload[0]) << 8 | static_cast<unsigned char>(frame->payload[1]);
  return std::to_string(code) + " " + frame->payload.substr(2);
}

template <typename T>
bool IsReady(std::future<T> &future) {
  return future.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
}

}  // namespace

TEST_CASE("WebSocketClient: closes behind what was handed out, and hears the answer", "[tunnel]") {
  const TestCa ca("Test Root");
  const auto certificate = ca.Issue({{"IP:127.0.0.1"}});
  const bool tls = GENERATE(false, true);
  std::promise<std::string> last;
  std::promise<size_t> before;
  std::atomic<bool> answered = false;
  ScriptListener server(
      [&](ScriptPeer &peer) {
        peer.AcceptUpgrade();
        size_t bytes = 0;
        auto frame = peer.ReadFrame();
        for (; frame && frame->opcode != 8; frame = peer.ReadFrame()) bytes += frame->payload.size();
        before.set_value(bytes);
        last.set_value(Describe(frame));
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
        answered = true;
        peer.SendFrame(8, frame ? frame->payload : "");
        peer.ReadToEnd();
      },
      "127.0.0.1", tls ? &certificate : nullptr);
  WebSocketFixture test;
  test.settings.tls.skip_verify = true;
  test.Dial((tls ? "wss://" : "ws://") + server.Authority());
  REQUIRE(test.WaitOpen());
  test.Send(std::string(1'000'000, 'x'));
  REQUIRE(test.WaitFor([&] { return test.handler.pulled == 1; }));
  test.handler.to_send.emplace_back("not handed out yet");
  test.client->Close(1000, "shutdown");
  test.client->Close(1001, "too late");
  test.client->RequestWrite();
  const auto closed = test.WaitClosed(std::chrono::milliseconds(1500));
  CHECK(answered);
  CHECK(closed.message == "closed by this side (1000 shutdown)");
  CHECK(closed.phase == CloseInfo::Phase::Open);
  CHECK(before.get_future().get() == 1'000'000);
  CHECK(last.get_future().get() == "1000 shutdown");
  CHECK(test.handler.pulled == 1);
}

TEST_CASE("WebSocketClient: a peer that never answers the close holds it up for 2 s at most", "[tunnel]") {
  const bool reads = GENERATE(true, false);
  CAPTURE(reads);
  std::promise<void> end;
  ScriptListener server([&](ScriptPeer &peer) {
    peer.AcceptUpgrade();
    if (reads) return peer.ReadToEnd();
    end.get_future().wait();
  });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  REQUIRE(test.WaitOpen());
  for (int i = 0; i < 300; ++i) test.handler.to_send.emplace_back(60'000, 'x');
  test.client->RequestWrite();
  RunFor(test.context, std::chrono::milliseconds(300));
  test.client->Close(1000, "shutdown");
  RunFor(test.context, std::chrono::milliseconds(500));
  CHECK(test.handler.closed.empty());
  test.WaitClosed(std::chrono::milliseconds(1700));
  end.set_value();
}

TEST_CASE("WebSocketClient: closing before it is open ends it at once, from the loop", "[tunnel]") {
  const bool wait = GENERATE(false, true);
  ScriptListener server([](ScriptPeer &peer) { peer.ReadToEnd(); });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  if (wait) REQUIRE(test.WaitFor([&] { return server.Accepted() == 1; }));
  test.client->Close(1000, "shutdown");
  CHECK(test.handler.closed.empty());
  test.WaitClosed(std::chrono::milliseconds(100));
  CHECK(test.handler.opened.empty());
}

TEST_CASE("WebSocketClient: passes on the peer's close code and reason", "[tunnel]") {
  const auto [payload, code, text] = GENERATE(table<std::string, int, std::string>({
      {std::string("\x03\xf0", 2) + "agent-already-connected", 1008, "1008 agent-already-connected"},
      {std::string("\x03\xe9", 2), 1001, "1001"},
      {std::string("\x0f\xa0", 2) + "own", 4000, "4000 own"},
      {"", 0, "closed the session"},
  }));
  ScriptListener server([sent = payload](ScriptPeer &peer) {
    peer.AcceptUpgrade();
    peer.SendFrame(8, sent);
    peer.ReadToEnd();
  });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  const auto closed = test.WaitClosed();
  CHECK(closed.close_code == code);
  CHECK_THAT(closed.message, Catch::Contains(text));
  CHECK(closed.phase == CloseInfo::Phase::Open);
  CHECK(test.handler.opened.size() == 1);
}

TEST_CASE("WebSocketClient: tells a connection that is lost", "[tunnel]") {
  const bool reset = GENERATE(false, true);
  ScriptListener server([&](ScriptPeer &peer) {
    peer.AcceptUpgrade();
    peer.SendFrame(1, "half a mess", false);
    if (reset) peer.Reset();
  });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  const auto closed = test.WaitClosed();
  CHECK(closed.message == "the connection to " + server.Authority() + " was lost");
  CHECK(closed.close_code == 0);
  CHECK(test.handler.messages.empty());
}

TEST_CASE("WebSocketClient: destroyed in any state, it drops the connection and says nothing more", "[tunnel]") {
  const TestCa ca("Test Root");
  const auto certificate = ca.Issue({{"IP:127.0.0.1"}});
  enum class When { AtOnce, Upgrading, Open, Stuffed, Closing };
  const auto when = GENERATE(When::AtOnce, When::Upgrading, When::Open, When::Stuffed, When::Closing);
  const bool tls = GENERATE(false, true);
  CAPTURE(static_cast<int>(when), tls);
  std::promise<void> ended;
  std::promise<void> go_on;
  ScriptListener server(
      [&](ScriptPeer &peer) {
        if (when != When::Upgrading) peer.AcceptUpgrade();
        if (when == When::Stuffed) go_on.get_future().wait();
        peer.ReadToEnd();
        ended.set_value();
      },
      "127.0.0.1", tls ? &certificate : nullptr);
  WebSocketFixture test;
  test.settings.tls.skip_verify = true;
  test.Dial((tls ? "wss://" : "ws://") + server.Authority());
  if (when == When::Upgrading) RunFor(test.context, std::chrono::milliseconds(100));
  if (when >= When::Open) REQUIRE(test.WaitOpen());
  if (when == When::Stuffed) {
    for (int i = 0; i < 300; ++i) test.handler.to_send.emplace_back(60'000, 'x');
    test.client->RequestWrite();
    RunFor(test.context, std::chrono::milliseconds(300));
  }
  if (when == When::Closing) {
    test.client->Close(1000, "shutdown");
    test.context.RunOnce();
  }
  test.client.reset();
  const auto opened = test.handler.opened.size();
  go_on.set_value();
  if (when != When::AtOnce) {
    auto done = ended.get_future();
    CHECK(RunUntil(
        test.context, [&] { return IsReady(done); }, std::chrono::milliseconds(1000)));
  }
  RunFor(test.context, std::chrono::milliseconds(50));
  CHECK(test.handler.closed.empty());
  CHECK(test.handler.opened.size() == opened);
}

TEST_CASE("WebSocketClient: a thousand connections leave nothing behind", "[tunnel]") {
  const TestCa ca("Test Root");
  const auto certificate = ca.Issue({{"IP:127.0.0.1"}});
  const bool tls = GENERATE(false, true);
  CAPTURE(tls);
  // The server's threads are part of this process: they end with each connection.
  std::atomic<int> number = 0;
  ScriptListener server(
      [&](ScriptPeer &peer) {
        switch (number++ % 4) {
          case 0: peer.ReadHead(); return;  // cut in the handshake
          case 1: AcceptAndStay(peer); return;
          case 2:
            peer.AcceptUpgrade();
            peer.SendFrame(1, "hello");
            peer.SendFrame(8, "\x03\xe9");
            return;
          default:
            peer.ReadHead();
            peer.Write("HTTP/1.1 503 Busy\r\n\r\n");
            return;
        }
      },
      "127.0.0.1", tls ? &certificate : nullptr);
  WebSocketFixture test;
  test.settings.tls.skip_verify = true;
  test.Dial((tls ? "wss://" : "ws://") + server.Authority());
  const auto cycle = [&](int count) {
    for (int i = 0; i < count; ++i) {
      test.Redial();
      REQUIRE(test.WaitFor([&] { return !test.handler.opened.empty() || !test.handler.closed.empty(); }));
      if (i % 3 == 0)
        RunUntil(
            test.context, [&] { return !test.handler.closed.empty(); }, std::chrono::milliseconds(2));
      test.client.reset();
    }
    RunFor(test.context, std::chrono::milliseconds(100));
  };
  cycle(100);
  const auto fds = OpenFdCount();
  const auto memory = ResidentBytes();
  cycle(1000);
  CHECK(OpenFdCount() <= fds);
  if (IsMemoryMeasurable()) CHECK(ResidentBytes() < memory + 1024 * 1024);
}

TEST_CASE("WebSocketClient: endpoints made and dropped leave nothing behind", "[tunnel]") {
  const ScriptListener server(AcceptAndStay);
  WebSocketFixture test;
  const auto cycle = [&](int count) {
    for (int i = 0; i < count; ++i) {
      test.Dial("ws://" + server.Authority());
      REQUIRE(test.WaitOpen());
      test.client.reset();
      test.endpoint.reset();
    }
    RunFor(test.context, std::chrono::milliseconds(100));
  };
  cycle(20);
  const auto fds = OpenFdCount();
  const auto memory = ResidentBytes();
  cycle(200);
  CHECK(OpenFdCount() <= fds);
  if (IsMemoryMeasurable()) CHECK(ResidentBytes() < memory + 1024 * 1024);
}
