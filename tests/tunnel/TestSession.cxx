// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Session.hxx"

#include <catch2/catch.hpp>

#include "base/Log.hxx"
#include "tests/support/MemoryTransport.hxx"
#include "tests/tunnel/TaskFixture.hxx"
#include "tunnel/Limits.hxx"

using namespace lookout;

namespace {

class SessionFixture : private Session::Owner, private SessionExtension {
 public:
  SessionFixture() {
    ConfigureLog(LogLevel::Error, LogFormat::Text);
    session.emplace(
        loop, engine, settings, Origin{Origin::Transport::Tunnel, "wss://hub"},
        [this]() -> Result<MessageBuffer> {
          if (hello_fails) return Fail("key file: no such file");
          return MessageBuffer("hello");
        },
        std::vector<SessionExtension *>{this}, static_cast<Session::Owner &>(*this));
    session->Start([this](TransportHandler &transport_handler) {
      handler = &transport_handler;
      auto made = std::make_unique<MemoryTransport>(transport_handler);
      transport = made.get();
      return made;
    });
  }

  void Settle() {
    for (int i = 0; i < 4; ++i) {
      loop.Dispatch();
      loop.RunDeferred();
    }
  }
  void Advance(Duration step) {
    clock.Advance(step);
    Settle();
  }
  void Open() { handler->OnOpen({}); }
  void Receive(std::string_view text) {
    transport->Deliver(text);
    Settle();
  }
  void GoReady() {
    Open();
    transport->TakeAll();
    Receive(R"({"type":"welcome","data":{"pollInterval":60}})");
    REQUIRE(session->IsReady());
  }

  void OnSessionReady(const Welcome &welcome) override { poll_interval = welcome.poll_interval; }
  void OnSessionEnd(const SessionEnd &session_end) override { end = session_end; }
  void OnSessionReady(FrameSender &sender, const Welcome &) override {
    ++extension_begun;
    sender.SendFrame("dd:component_sync", "{}");
  }
  void OnSendable() override {}
  void OnSessionEnded() override { ++extension_ended; }

  FakeClock clock;
  EventLoop loop{clock};
  ScriptedHandler engine{loop};
  SessionSettings settings;
  bool hello_fails = false;
  TransportHandler *handler = nullptr;
  MemoryTransport *transport = nullptr;
  std::optional<int64_t> poll_interval;
  std::optional<SessionEnd> end;
  int extension_begun = 0;
  int extension_ended = 0;
  std::optional<Session> session;
};

constexpr std::string_view kPing = R"({"type":"ping","data":{"timestamp":1700000000123}})";
constexpr std::string_view kRequest = R"({"type":"request","data":{"requestId":"r","path":"/events"}})";

}  // namespace

TEST_CASE_METHOD(SessionFixture, "Session: hello is the only frame before the welcome", "[session]") {
  Open();
  CHECK(transport->TakeAll() == std::vector<std::string>{"hello"});
  Receive(R"({"type":"welcome","data":{"pollInterval":60}})");
  CHECK(poll_interval == 60);
  CHECK(transport->TakeAll() == std::vector<std::string>{R"({"type":"dd:component_sync","data":{}})"});
}

TEST_CASE_METHOD(SessionFixture, "Session: a rejection is told with its code", "[session]") {
  Open();
  Receive(R"({"type":"error","data":{"message":"who are you?","code":"unknown-key"}})");
  REQUIRE(end);
  CHECK(end->rejection_code == "unknown-key");
  CHECK(end->rejection_message == "who are you?");
  CHECK_FALSE(end->ready_since);
  CHECK(extension_begun == 0);
}

TEST_CASE_METHOD(SessionFixture, "Session: nothing else will do as the first frame", "[session]") {
  Open();
  SECTION("another type") {
    Receive(kPing);
  }
  SECTION("silence") {
    Advance(std::chrono::seconds(30));
  }
  SECTION("no hello can be made") {
    // The fixture has opened already; a second open is ignored, so the failure is staged on a fresh one.
    SessionFixture other;
    other.hello_fails = true;
    other.Open();
    other.Settle();
    REQUIRE(other.end);
    CHECK(other.end->no_hello);
    CHECK(other.end->close.message == "key file: no such file");
    return;
  }
  REQUIRE(end);
  CHECK_FALSE(end->rejection_code);
}

TEST_CASE_METHOD(SessionFixture, "Session: pings are answered with their own timestamp, before anything queued",
                 "[session]") {
  GoReady();
  Receive(kPing);
  CHECK(transport->TakeAll().front() == R"({"type":"pong","data":{"timestamp":1700000000123}})");
}

TEST_CASE_METHOD(SessionFixture, "Session: malformed frames are answered or ignored, and the session goes on",
                 "[session]") {
  GoReady();
  transport->TakeAll();
  for (const auto bad : {"not json", "{}", R"({"type":"ping","data":{"timestamp":"x"}})", "[1]",
                         R"({"type":"request","data":null})", R"({"type":"novel","data":{}})"}) {
    Receive(bad);
  }
  CHECK(transport->TakeAll().empty());
  Receive(R"({"type":"request","data":{"requestId":"r5","headers":[]}})");
  const auto answer = transport->TakeAll();
  REQUIRE(answer.size() == 1);
  CHECK(answer[0].find("\"requestId\":\"r5\"") != std::string::npos);
  CHECK_FALSE(end);
}

TEST_CASE_METHOD(SessionFixture, "Session: a heartbeat each interval, and an end after silence", "[session]") {
  GoReady();
  transport->TakeAll();
  Advance(std::chrono::seconds(30));
  CHECK(transport->TakeAll().front().find(R"({"type":"ping","data":{"timestamp":)") == 0);
  handler->OnActivity();
  Advance(std::chrono::seconds(59));
  transport->TakeAll();
  CHECK_FALSE(end);
  Advance(std::chrono::seconds(1));
  REQUIRE(end);
  CHECK(end->close.message.find("silent") != std::string::npos);
  CHECK(end->ready_since.has_value());
}

TEST_CASE_METHOD(SessionFixture, "Session: only a peer that takes nothing at all is given up", "[session]") {
  GoReady();
  Receive(kPing);
  for (int i = 0; i < 5; ++i) {
    Advance(std::chrono::seconds(50));
    handler->OnProgress();
    handler->OnActivity();
  }
  CHECK_FALSE(end);
  Advance(std::chrono::seconds(40));
  handler->OnActivity();
  Advance(std::chrono::seconds(20));
  REQUIRE(end);
  CHECK(end->close.message.find("WRITE_STALL_TIMEOUT") != std::string::npos);
}

TEST_CASE_METHOD(SessionFixture, "Session: a flood of questions stops the reading, not the memory's bounds",
                 "[session]") {
  GoReady();
  transport->TakeAll();
  const std::string refused = R"({"type":"request","data":{"path":7,"requestId":")" + std::string(60'000, 'x') + "\"}}";
  for (int i = 0; i < 200 && !transport->reading_paused; ++i) transport->Deliver(refused);
  CHECK(transport->reading_paused);
  transport->TakeAll();
  CHECK_FALSE(transport->reading_paused);
}

TEST_CASE_METHOD(SessionFixture, "Session: its end takes everything along", "[session]") {
  GoReady();
  Receive(kRequest);
  const auto call = engine.calls.back();
  handler->OnClosed({CloseInfo::Phase::Open, 0, {}, 1001, "gone"});
  Settle();
  REQUIRE(end);
  CHECK(end->close.close_code == 1001);
  CHECK(extension_ended == 1);
  bool transport_gone = false;
  transport->gone = &transport_gone;
  session.reset();
  CHECK(call->gone);
  CHECK(transport_gone);
  Advance(std::chrono::hours(1));
}

TEST_CASE_METHOD(SessionFixture, "Session: a revoked key is told although the session was up", "[session]") {
  GoReady();
  Receive(R"({"type":"error","data":{"message":"key revoked","code":"unknown-key"}})");
  handler->OnClosed({CloseInfo::Phase::Open, 0, {}, 1008, "closed by the controller"});
  Settle();
  REQUIRE(end);
  CHECK(end->rejection_code == "unknown-key");
}

TEST_CASE_METHOD(SessionFixture, "Session: shutdown ends the work, says so, then closes with 1000", "[session]") {
  GoReady();
  Receive(kRequest);
  engine.calls.back()->Head(200, {});
  Receive(R"({"type":"exec_start","data":{"execId":"e","containerId":"c","cmd":["sh"]}})");
  transport->TakeAll();
  Receive(R"({"type":"dd:container_log_request","data":{"requestId":"l","containerId":"c","stream":true}})");
  session->Shutdown();
  CHECK(transport->close_code == 0);
  std::string all;
  for (const auto &frame : transport->TakeAll()) all += frame + "\n";
  CHECK(all.find("\"exec_end\"") != std::string::npos);
  CHECK(all.find("\"stream_end\"") != std::string::npos);
  CHECK(all.find("\"dd:container_log_end\"") != std::string::npos);
  CHECK(transport->close_code == 1000);
  CHECK(transport->close_reason == "shutdown");
  for (const auto &call : engine.calls) {
    Settle();
    CHECK(call->gone);
  }
  SECTION("the peer answers") {
    handler->OnClosed({CloseInfo::Phase::Open, 0, {}, 1000, "closed"});
  }
  SECTION("the peer does not") {
    Advance(limits::kShutdownGrace);
  }
  Settle();
  CHECK(end);
}

TEST_CASE_METHOD(SessionFixture, "Session: learns how far the controller's clock is from ours", "[session]") {
  handler->OnOpen({clock.UnixSeconds() + 3600, "peer"});
  Receive(R"({"type":"error","data":{"message":"skew","code":"timestamp-skew"}})");
  REQUIRE(end);
  CHECK(end->clock_offset == 3600);
}
