// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>

#include "auth/Dialect.hxx"
#include "tests/devhub/ExecTable.hxx"
#include "tests/devhub/Hello.hxx"
#include "tests/devhub/LoadTable.hxx"
#include "tests/devhub/LogTable.hxx"
#include "tests/devhub/WsConnection.hxx"

namespace lookout::devhub {

class Hub;
class TunnelCall;

/** One agent's connection as the controller sees it: from the hello to the close. */
class AgentSession final : public WsHandler, public FrameOutlet {
 public:
  AgentSession(Hub &hub, WsConnection &connection, const Dialect &dialect, uint64_t number);
  ~AgentSession() override;

  /** "" until the hello has been accepted. */
  const std::string &Name() const { return name_; }
  const Hello &GetHello() const { return hello_; }
  WsConnection &Connection() { return connection_; }
  ExecTable &Execs() { return execs_; }
  LogTable &Logs() { return logs_; }
  LoadTable &Loads() { return loads_; }
  uint64_t Number() const { return number_; }

  void SendFrame(std::string_view type, std::string_view data) override;
  std::string MakeId() override;
  /** As long as anybody holds, nothing is read from the agent. */
  void SetHold(const std::string &holder, bool held) override;
  bool HasRoomForPending() const override;

  /** False when too many requests are pending; the agent is told, as the controller does. */
  bool AddCall(const std::string &id, TunnelCall &call);
  void RemoveCall(const std::string &id) { calls_.erase(id); }
  /** A user of the control socket reads again, or has gone. */
  void OnClientDrained(ClientId client);
  /** The key has been revoked: says so and closes. */
  void Revoke();
  void Reject(const Rejection &rejection);

  void OnMessage(std::string_view message) override;
  void OnCloseFrame(uint16_t code, std::string_view reason) override;
  void OnClosed() override;

  /** The last of each kind, as raw JSON; "" before the first. */
  struct Seen {
    std::string metrics;
    std::string components;
    int64_t pings = 0;
    int64_t pongs = 0;
    int64_t frames = 0;
    int64_t malformed = 0;
  };
  const Seen &GetSeen() const { return seen_; }

 private:
  enum class State { AwaitHello, Ready, Closing };
  using Handler = void (AgentSession::*)(const JsonValue &data);
  static const std::map<std::string_view, Handler> &Handlers();

  void OnHello(std::string_view message);
  void Welcome();
  void OnPingTick();
  void OnComponentSync(const JsonValue &data);
  void OnContainerSync(const JsonValue &data);
  void OnContainerPut(const JsonValue &data);
  void OnContainerRemoved(const JsonValue &data);
  void OnMetrics(const JsonValue &data);
  void OnPing(const JsonValue &data);
  void OnPong(const JsonValue &data);
  void OnResponse(const JsonValue &data);
  void OnStream(const JsonValue &data);
  void OnStreamEnd(const JsonValue &data);
  void OnError(const JsonValue &data);
  void OnExecReady(const JsonValue &data);
  void OnExecOutput(const JsonValue &data);
  void OnExecEnd(const JsonValue &data);
  void OnLogResponse(const JsonValue &data);
  void OnLogChunk(const JsonValue &data);
  void OnLogEnd(const JsonValue &data);
  void OnLogError(const JsonValue &data);
  void OnDeleteResponse(const JsonValue &data);
  TunnelCall *FindCall(const JsonValue &data);
  void Trace(std::string_view type, std::string_view message, bool incoming);

  Hub &hub_;
  WsConnection &connection_;
  const Dialect &dialect_;
  const uint64_t number_;
  State state_ = State::AwaitHello;
  std::string name_;
  Hello hello_;
  Seen seen_;
  std::map<std::string, TunnelCall *> calls_;
  std::set<std::string> holds_;
  ExecTable execs_;
  LogTable logs_;
  LoadTable loads_;
  TimePoint last_pong_;
  Timer hello_timer_;
  Timer ping_timer_;
};

}  // namespace lookout::devhub
