// SPDX-License-Identifier: Apache-2.0
#include "agent/Instance.hxx"

#include <fmt/format.h>

#include <csignal>
#include <cstdlib>

#include "agent/CodePages.hxx"
#include "agent/ConfigReload.hxx"
#include "agent/EdgeService.hxx"
#include "agent/Sandbox.hxx"
#include "agent/StandardService.hxx"
#include "base/Log.hxx"
#include "base/Version.hxx"
#include "proxy/SocketActivation.hxx"

namespace lookout {

namespace {

/** Whatever hangs, the process is gone before the 5 s (in standard mode 10 s) that users are promised. */
constexpr std::chrono::milliseconds kEdgeShutdownLimit{4500};
constexpr std::chrono::milliseconds kStandardShutdownLimit{9500};

/** How late "systemctl status" may be. */
constexpr std::chrono::seconds kStatusInterval{2};

/** How long names may not be found after one of the system's files was replaced. */
constexpr std::chrono::seconds kSystemFilesInterval{30};

std::string ReadVariable(const char *name, const char *otherwise) {
  const char *const text = std::getenv(name);
  return text != nullptr && *text != '\0' ? text : otherwise;
}

}  // namespace

Instance::Instance(Config config, const ConfigSources &sources, std::vector<UniqueFd> sockets)
    : config_(std::move(config)),
      sources_(sources),
      loop_(clock_),
      signals_(loop_, {SIGTERM, SIGINT, SIGHUP}, [this](int signal) { OnSignal(signal); }),
      notifier_(loop_, TakeServiceEnvironment()),
      core_(loop_, config_, *this),
      service_(MakeService(std::move(sockets))),
      shutdown_limit_(loop_, [this] { loop_.Stop(); }),
      clock_watch_(clock_),
      status_(loop_, [this] { ReportStatus(); }),
      system_files_(loop_, [this] { CheckSystemFiles(); }) {}

Instance::~Instance() = default;

std::unique_ptr<AgentService> Instance::MakeService(std::vector<UniqueFd> sockets) {
  if (config_.IsEdge()) {
    return std::make_unique<EdgeService>(core_, std::move(sockets), [this] { EndInFailure(); });
  }
  return std::make_unique<StandardService>(core_, std::move(sockets));
}

int Instance::Run() {
  // A peer that is gone is an error of that write, not a reason to die.
  static_cast<void>(std::signal(SIGPIPE, SIG_IGN));
  LogInfo("lookout starts", {{"version", ProductVersion()},
                             {"mode", config_.IsEdge() ? "edge" : "standard"},
                             {"agent_id", config_.agent_id},
                             {"agent_name", config_.agent_name},
                             {"docker_socket", config_.docker_socket},
                             {"protocol", config_.dialect->protocol}});
  if (config_.sandbox) LockIn();
  core_.Start();
  service_->Start();
  ReportStatus();
  notifier_.Ready();
  UnmapUsedCode();
  service_->RunLoop();
  LogInfo("lookout has stopped");
  return exit_code_;
}

void Instance::LockIn() {
  const SandboxHost host{sources_.file, ComposeSettings().path, ReadVariable("TMPDIR", "/tmp"),
                         ReadVariable("RUNTIME_DIRECTORY", "")};
  const auto entered = EnterSandbox(PlanSandbox(config_, host));
  if (!entered) LogWarning("the sandbox is not complete", {{"reason", entered.error().message}});
  system_files_.Arm(kSystemFilesInterval);
}

void Instance::CheckSystemFiles() {
  const auto file = FindReplacedSystemFile();
  if (file.empty()) return system_files_.Arm(kSystemFilesInterval);
  LogWarning("a file was replaced, and the new one is out of the sandbox's reach; ending, to be started again",
             {{"file", file}});
  EndInFailure();
}

void Instance::OnSignal(int signal) {
  if (signal == SIGHUP) {
    notifier_.Reloading();
    Reload();
    return notifier_.Ready();
  }
  LogInfo("shutting down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  if (stopping_) return loop_.Stop();
  Shutdown();
}

void Instance::Reload() {
  auto loaded = LoadConfig(sources_);
  // Whatever the configuration says: the file may have been moved away.
  core_.Audit().Log().Reopen();
  for (const auto &error : loaded.errors) LogError("the configuration cannot be used", {{"reason", error}});
  if (!loaded.errors.empty()) return LogError("nothing was changed; correct the configuration and send SIGHUP again");
  const ConfigChanges changes = CompareConfigs(config_, loaded.config);
  for (const auto name : changes.live) LogInfo("setting changed", {{"setting", name}});
  for (const auto name : changes.waiting) {
    LogWarning("this setting takes effect at the next start", {{"setting", name}});
  }
  ApplyLiveSettings(config_, loaded.config);
  ConfigureLog(config_.log_level, config_.log_format);
  core_.Reload();
  service_->Reload();
  LogInfo("configuration, keys and certificates will be used as they are now");
}

void Instance::ReportStatus() {
  const std::string_view docker = core_.Engine().IsUp() ? "Docker answers" : "waiting for Docker";
  const auto state = service_->GetControllerState();
  const std::string_view requests = state == ControllerState::Connected      ? "connected to the controller"
                                    : state == ControllerState::Disconnected ? "not connected to the controller"
                                                                             : "listening";
  notifier_.Status(fmt::format("{}; {}", requests, docker));
  if (const auto jump = clock_watch_.TakeJump()) {
    LogWarning("the system's clock was set, or the host has slept", {{"seconds_ahead", jump->count()}});
  }
  status_.Arm(kStatusInterval);
}

void Instance::Shutdown() {
  stopping_ = true;
  status_.Cancel();
  notifier_.Stopping();
  shutdown_limit_.Arm(config_.IsEdge() ? kEdgeShutdownLimit : kStandardShutdownLimit);
  service_->Shutdown([this] { loop_.Stop(); });
}

void Instance::EndInFailure() {
  exit_code_ = EXIT_FAILURE;
  Shutdown();
}

int RunAgent(Config config, const ConfigSources &sources) {
  return Instance(std::move(config), sources, TakeActivatedSockets()).Run();
}

}  // namespace lookout
