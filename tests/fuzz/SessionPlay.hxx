// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "proxy/Dispatcher.hxx"
#include "tests/fuzz/FrameScript.hxx"
#include "tests/fuzz/ScriptedEngine.hxx"
#include "tests/fuzz/SessionLedger.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/MemoryTransport.hxx"
#include "tunnel/MessageJoiner.hxx"
#include "tunnel/Session.hxx"

namespace lookout {

/**
 * Plays any bytes as the life of a few connections to a controller, one after the other: the real Session with all
 * below it and the real Dispatcher, between a controller in memory and a ScriptedEngine. After each step, and at
 * the end of each connection, it checks what docs/fuzzing.md lists.
 */
class SessionPlay final : private Session::Owner, private SessionExtension {
 public:
  explicit SessionPlay(ByteScript script);
  void Run();

 private:
  class NoRoutes final : public RouteTable {
   public:
    RequestHandler *Find(std::string_view) override { return nullptr; }
    std::vector<std::string> Paths() const override { return {}; }
  };

  void OnSessionReady(const Welcome &) override {}
  void OnSessionEnd(const SessionEnd &) override { ++ends_; }
  void OnSessionReady(FrameSender &sender, const Welcome &) override;
  void OnSendable() override { extension_waits_ = false; }
  void OnSessionEnded() override { sender_ = nullptr; }

  void Connect();
  void Disconnect();
  void Step();
  void ControllerStep();
  void TimeStep();
  void Deliver(std::string_view message);
  void DeliverInPieces(std::string_view message);
  void Advance(Duration step);
  void Settle();
  /** The socket takes this many messages, if there are. */
  void Take(size_t count);
  void Finish();
  void CheckBounds() const;
  bool IsQuiet() const;

  ByteScript script_;
  FakeClock clock_;
  EventLoop loop_{clock_};
  ScriptedEngine engine_{loop_};
  NoRoutes no_routes_;
  AuditJournal audit_;
  Dispatcher dispatcher_;
  SessionSettings settings_;
  FrameScript frames_;
  bool is_writable_ = true;
  // Of the connection that there is.
  std::optional<Session> session_;
  std::optional<SessionLedger> ledger_;
  std::optional<MessageJoiner> joiner_;
  TransportHandler *controller_side_ = nullptr;
  MemoryTransport *transport_ = nullptr;
  FrameSender *sender_ = nullptr;
  bool extension_waits_ = false;
  bool was_welcomed_ = false;
  size_t taken_ = 0;
  int ends_ = 0;
};

}  // namespace lookout
