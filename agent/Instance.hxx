// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "agent/AgentCore.hxx"
#include "agent/AgentService.hxx"
#include "agent/ClockWatch.hxx"
#include "agent/Config.hxx"
#include "agent/ConfigLoader.hxx"
#include "base/EventLoop.hxx"
#include "base/ServiceNotifier.hxx"
#include "base/SignalEvent.hxx"
#include "base/UniqueFd.hxx"
#include "proxy/HealthSource.hxx"

namespace lookout {

/**
 * The running agent: owns every part, in the order in which they need each other, and reacts to signals. SIGTERM
 * and SIGINT end it in good order, a second one at once; SIGHUP reads configuration, keys and certificates again.
 */
class Instance final : private HealthSource {
 public:
  /** `sockets`: to listen on, opened by whoever started us. Throws when a part cannot be set up. */
  Instance(Config config, const ConfigSources &sources, std::vector<UniqueFd> sockets);
  ~Instance() override;

  /** Until a signal ends it; the exit code of the process. Throws when a part cannot start. */
  int Run();

 private:
  ControllerState GetControllerState() const override { return service_->GetControllerState(); }

  std::unique_ptr<AgentService> MakeService(std::vector<UniqueFd> sockets);
  void OnSignal(int signal);
  void EndInFailure();
  void Reload();
  void Shutdown();
  void ReportStatus();
  void LockIn();
  void CheckSystemFiles();

  Config config_;
  const ConfigSources sources_;
  SystemClock clock_;
  EventLoop loop_;
  SignalEvent signals_;
  ServiceNotifier notifier_;
  AgentCore core_;
  std::unique_ptr<AgentService> service_;
  bool stopping_ = false;
  int exit_code_ = 0;
  Timer shutdown_limit_;
  ClockWatch clock_watch_;
  Timer status_;
  Timer system_files_;  // while locked in
};

/**
 * Runs the agent until a signal ends it; returns the exit code of the process. `config` is complete and checked;
 * `sources` is where SIGHUP reads it again.
 */
int RunAgent(Config config, const ConfigSources &sources);

}  // namespace lookout
