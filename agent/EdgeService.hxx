// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "agent/AgentCore.hxx"
#include "agent/AgentService.hxx"
#include "agent/ContainerFeed.hxx"
#include "agent/ControllerLink.hxx"
#include "agent/MetricsFeed.hxx"
#include "base/LwsContext.hxx"
#include "base/UniqueFd.hxx"
#include "proxy/AgentRoutes.hxx"
#include "proxy/Listener.hxx"
#include "proxy/OperationsHandler.hxx"
#include "tunnel/Supervisor.hxx"

namespace lookout {

/**
 * Requests come through the tunnel to a controller, which is also told of containers and metrics. Beside it, the
 * operations listener serves health and the like to whoever asks, and nothing else.
 */
class EdgeService final : public AgentService, private Supervisor::Owner {
 public:
  /** `sockets`: see Listener. `on_rejected_for_good`: the controller refuses this agent, and the agent is to end
   * (EXIT_ON_REJECT). */
  EdgeService(AgentCore &core, std::vector<UniqueFd> sockets, std::function<void()> on_rejected_for_good);
  ~EdgeService() override;

  void Start() override;
  void RunLoop() override { context_.Run(); }
  void Reload() override;
  void Shutdown(std::function<void()> on_stopped) override;
  ControllerState GetControllerState() const override;

 private:
  void OnRejectedForGood() override;
  void OnTunnelStopped() override;

  void StartListener();
  void CheckStopped();
  SupervisorSettings MakeSupervisorSettings();
  std::vector<SessionExtension *> MakeExtensions();

  AgentCore &core_;
  const Config &config_;
  std::vector<UniqueFd> sockets_;  // until Start()
  std::function<void()> on_rejected_for_good_;
  std::function<void()> on_stopped_;
  LwsContext context_;
  ControllerLink link_;
  ContainerFeed containers_;
  MetricsFeed metrics_;
  // What the operations listener serves, unlike the Dispatcher, to everybody.
  AgentRoutes open_top_routes_;
  AgentRoutes open_agent_routes_;
  OperationsHandler operations_;
  std::unique_ptr<Listener> listener_;
  Supervisor supervisor_;
  bool tunnel_stopped_ = false;
  bool listener_closed_ = false;
};

}  // namespace lookout
