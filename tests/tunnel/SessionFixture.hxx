// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include "base/Log.hxx"
#include "tests/support/MemoryTransport.hxx"
#include "tests/tunnel/TaskFixture.hxx"
#include "tunnel/Session.hxx"

namespace lookout {

/** One session with a controller in memory in front and a scripted engine behind it. */
class SessionFixture : private Session::Owner, private SessionExtension {
 public:
  SessionFixture() {
    ConfigureLog(LogLevel::Error, LogFormat::Text);
    session.emplace(
        loop, engine, settings, Origin{Origin::Transport::Tunnel, "wss://hub"},
        [this]() -> Result<std::string> {
          if (hello_fails) return Fail("key file: no such file");
          return "hello";
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

inline constexpr std::string_view kPing = R"({"type":"ping","data":{"timestamp":1700000000123}})";
inline constexpr std::string_view kRequest = R"({"type":"request","data":{"requestId":"r","path":"/events"}})";

}  // namespace lookout
