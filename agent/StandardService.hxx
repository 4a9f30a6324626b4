// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "agent/AgentCore.hxx"
#include "agent/AgentService.hxx"
#include "proxy/Listener.hxx"
#include "proxy/RequestCounter.hxx"

namespace lookout {

/** Requests come to the local listener, which serves everything to those who prove themselves. */
class StandardService final : public AgentService {
 public:
  explicit StandardService(AgentCore &core);
  ~StandardService() override;

  /** Throws when it cannot listen. */
  void Start() override;
  void RunLoop() override { core_.Loop().Run(); }
  void Reload() override;
  void Shutdown(std::function<void()> on_stopped) override;
  ControllerState GetControllerState() const override { return ControllerState::NotApplicable; }

 private:
  AgentCore &core_;
  const Config &config_;
  // The way of a request: counted, then timed, then carried out.
  RequestTimer timer_;
  RequestCounter counter_;
  std::unique_ptr<Listener> listener_;
};

}  // namespace lookout
