// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/AgentCore.hxx"
#include "agent/AgentService.hxx"
#include "agent/GateJournal.hxx"
#include "auth/KeyEnrollment.hxx"
#include "auth/KeyRing.hxx"
#include "auth/ReplayRecord.hxx"
#include "base/UniqueFd.hxx"
#include "proxy/EnrollmentRoute.hxx"
#include "proxy/InboundGate.hxx"
#include "proxy/Listener.hxx"
#include "proxy/RequestCounter.hxx"
#include "proxy/ServerTlsContext.hxx"

namespace lookout {

/**
 * Requests come to the local listener, which serves everything to those who prove themselves:
 *
 *   Listener -> RequestCounter -> InboundGate -> RequestTimer -> Dispatcher
 */
class StandardService final : public AgentService {
 public:
  /** Throws when keys, certificates or the record of used tokens cannot be read. `sockets`: see Listener. */
  StandardService(AgentCore &core, std::vector<UniqueFd> sockets);
  ~StandardService() override;

  /** Throws when it cannot listen. */
  void Start() override;
  void RunLoop() override { core_.Loop().Run(); }
  void Reload() override;
  void Shutdown(std::function<void()> on_stopped) override;
  ControllerState GetControllerState() const override { return ControllerState::NotApplicable; }

 private:
  GateSettings MakeGateSettings() const;
  GateCredentials MakeCredentials() const;
  void OfferEnrollment();
  /** Whether nobody can come to the listener of whom the settings do not say that he needs no proof. */
  bool MayBeOpen() const;
  void ReloadKeys();
  void KeepReplayRecord();
  void EndReplayRecord();

  AgentCore &core_;
  const Config &config_;
  std::vector<UniqueFd> sockets_;  // until Start()
  KeyRing keys_;
  GateJournal journal_;
  RequestTimer timer_;
  InboundGate gate_;
  RequestCounter counter_;
  ReplayRecord replay_record_;
  bool has_failed_to_keep_ = false;
  std::unique_ptr<KeyEnrollment> enrollment_;
  std::unique_ptr<EnrollmentRoute> enrollment_route_;
  std::unique_ptr<ServerTlsContext> tls_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace lookout
