// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "agent/Config.hxx"
#include "agent/ConfigLoader.hxx"
#include "agent/ContainerFeed.hxx"
#include "agent/ControllerLink.hxx"
#include "agent/MetricsFeed.hxx"
#include "base/EventLoop.hxx"
#include "base/LwsContext.hxx"
#include "base/SignalEvent.hxx"
#include "proxy/AgentRoutes.hxx"
#include "proxy/AuditJournal.hxx"
#include "proxy/Dispatcher.hxx"
#include "proxy/DockerEngine.hxx"
#include "proxy/DockerTransport.hxx"
#include "proxy/HealthRoutes.hxx"
#include "proxy/HealthSource.hxx"
#include "proxy/Listener.hxx"
#include "proxy/OperationsHandler.hxx"
#include "tunnel/Supervisor.hxx"

namespace lookout {

/**
 * The running agent: owns every part, in the order in which they need each other, and reacts to signals. SIGTERM
 * and SIGINT end it in good order, a second one at once; SIGHUP reads configuration, key and certificates again.
 */
class Instance final : private Supervisor::Owner, private HealthSource, private DockerEngine::Listener {
 public:
  /** Throws when a part cannot be set up. */
  Instance(Config config, const ConfigSources &sources);
  ~Instance() override;

  /** Until a signal ends it; the exit code of the process. */
  int Run();

 private:
  ControllerState GetControllerState() const override;
  void OnEngineChanged(bool up) override;
  void OnRejectedForGood() override;
  void OnTunnelStopped() override;

  void OnSignal(int signal);
  void Reload();
  void Shutdown();
  void StopWhenDone();
  void StartListener();
  SupervisorSettings MakeSupervisorSettings();
  AgentProfile MakeProfile() const;
  InventorySettings MakeInventorySettings() const;
  MetricsSettings MakeMetricsSettings() const;
  std::vector<SessionExtension *> MakeExtensions();

  Config config_;
  const ConfigSources sources_;
  SystemClock clock_;
  EventLoop loop_;
  SignalEvent signals_;
  LwsContext context_;
  DockerTransport transport_;
  DockerEngine engine_;
  std::optional<bool> engine_up_;  // as it was last logged
  AuditJournal audit_;
  ControllerLink link_;
  AgentRoutes top_routes_;
  AgentRoutes agent_routes_;
  HealthRoutes health_;
  DockerEvents events_;
  Inventory inventory_;
  ContainerFeed containers_;
  MetricsFeed metrics_;
  Dispatcher dispatcher_;
  OperationsHandler operations_;
  std::unique_ptr<lookout::Listener> listener_;
  Supervisor supervisor_;
  bool stopping_ = false;
  bool tunnel_stopped_ = false;
  bool listener_closed_ = false;
  int exit_code_ = 0;
  Timer shutdown_limit_;
};

/**
 * Runs the agent until a signal ends it; returns the exit code of the process. `config` is complete and checked;
 * `sources` is where SIGHUP reads it again.
 */
int RunAgent(Config config, const ConfigSources &sources);

}  // namespace lookout
