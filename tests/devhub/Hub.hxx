// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/LwsContext.hxx"
#include "tests/devhub/AgentGate.hxx"
#include "tests/devhub/AgentSession.hxx"
#include "tests/devhub/ContainerStore.hxx"
#include "tests/devhub/ControlServer.hxx"
#include "tests/devhub/Faults.hxx"
#include "tests/devhub/FrameTrace.hxx"
#include "tests/devhub/HelloVerifier.hxx"
#include "tests/devhub/HubOptions.hxx"
#include "tests/devhub/NameTable.hxx"
#include "tests/devhub/OffsetClock.hxx"
#include "tests/devhub/WsServer.hxx"

namespace lookout::devhub {

/** The controller's stand-in: owns everything. Must outlive the context. */
class Hub final : public WsApplication {
 public:
  struct Counters {
    uint64_t upgrades = 0;
    uint64_t connections = 0;
    uint64_t hellos = 0;  // accepted
    uint64_t rejections = 0;
  };

  /** Throws when an address, a socket or the key file cannot be used. */
  Hub(LwsContext &context, OffsetClock &clock, HubOptions options);
  ~Hub() override;

  /** "ws://127.0.0.1:4711", for DRYDOCK_URL. */
  std::string Url() const;

  EventLoop &Loop() { return context_.Loop(); }
  OffsetClock &GetClock() { return clock_; }
  const HubLimits &Limits() const { return options_.limits; }
  int64_t PollInterval() const { return options_.poll_interval; }
  Faults &GetFaults() { return faults_; }
  Counters &GetCounters() { return counters_; }
  FrameTrace &Trace() { return trace_; }
  ContainerStore &Containers() { return containers_; }
  KeyRing &Keys() { return keys_; }
  EventBus &Bus() { return control_; }
  const std::map<std::string, AgentSession *> &Sessions() const { return sessions_; }
  /** nullptr when no such agent is connected. */
  AgentSession *FindSession(const std::string &name) const;

  /** From the sessions. */
  HelloResult<Hello> CheckHello(std::string_view message, const Dialect &dialect);
  std::optional<Rejection> Join(AgentSession &session);
  void Leave(AgentSession &session);

  /** From the control socket. */
  void OnClientDrained(ClientId client);
  void RevokeKey(const std::string &key_id);

  UpgradeAnswer OnUpgrade(const UpgradeRequest &request) override;
  std::string UpgradeDate() override;
  std::unique_ptr<WsHandler> MakeHandler(WsConnection &connection, const std::string &path) override;

 private:
  LwsContext &context_;
  OffsetClock &clock_;
  const HubOptions options_;
  Faults faults_;
  Counters counters_;
  FrameTrace trace_;
  ContainerStore containers_;
  KeyRing keys_;
  HelloVerifier verifier_;
  NameTable names_;
  std::map<std::string, AgentSession *> sessions_;
  std::map<std::string, std::unique_ptr<AgentGate>> gates_;
  ControlServer control_;
  WsServer server_;
};

}  // namespace lookout::devhub
