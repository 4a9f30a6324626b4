// SPDX-License-Identifier: Apache-2.0
#include "agent/Instance.hxx"

#include <csignal>
#include <cstdlib>

#include "agent/ConfigReload.hxx"
#include "base/Log.hxx"
#include "base/Version.hxx"

namespace lookout {

namespace {

/** Whatever hangs, the process is gone before the 5 s that users are promised. */
constexpr std::chrono::milliseconds kShutdownLimit{4500};
constexpr std::chrono::seconds kListenerGrace{2};

}  // namespace

Instance::Instance(Config config, const ConfigSources &sources)
    : config_(std::move(config)),
      sources_(sources),
      loop_(clock_),
      signals_(loop_, {SIGTERM, SIGINT, SIGHUP}, [this](int signal) { OnSignal(signal); }),
      context_(loop_),
      transport_(loop_, config_.docker_socket, config_.Deadlines()),
      engine_(loop_, transport_),
      audit_(loop_, config_.audit_log, config_.audit_buffer_size),
      link_(context_, config_, engine_),
      health_(loop_, MakeProfile(), *this, engine_),
      events_(loop_, engine_),
      inventory_(loop_, engine_, events_, MakeInventorySettings()),
      containers_(loop_, inventory_, *config_.dialect),
      metrics_(loop_, engine_, MakeMetricsSettings()),
      dispatcher_(loop_, agent_routes_, engine_, audit_),
      operations_(loop_, top_routes_, agent_routes_),
      supervisor_(
          loop_, dispatcher_, MakeSupervisorSettings(),
          [this](const ControllerUrl &url, TransportHandler &handler) { return link_.Dial(url, handler); },
          [this](int64_t unix_seconds) { return link_.MakeSignedHello(unix_seconds); }, MakeExtensions(),
          RandomFraction, *this),
      shutdown_limit_(loop_, [this] { loop_.Stop(); }) {
  health_.AddTo(top_routes_, agent_routes_);
  engine_.AddListener(*this);
  containers_.SetOnSynced([this] { metrics_.OnContainersSynced(); });
}

Instance::~Instance() = default;

int Instance::Run() {
  LogInfo("lookout starts", {{"version", ProductVersion()},
                             {"agent_id", config_.agent_id},
                             {"agent_name", config_.agent_name},
                             {"docker_socket", config_.docker_socket},
                             {"protocol", config_.dialect->protocol}});
  StartListener();
  engine_.Start();
  if (config_.adapter == Adapter::Drydock) {
    events_.Start();
    inventory_.Start();
  }
  supervisor_.Start();
  context_.Run();
  LogInfo("lookout has stopped");
  return exit_code_;
}

void Instance::StartListener() {
  ListenerSettings settings;
  settings.address = config_.bind_address;
  settings.port = config_.port;
  try {
    listener_ = std::make_unique<lookout::Listener>(loop_, settings, operations_);
    LogInfo("health and readiness are served", {{"address", listener_->Address()}});
  } catch (const std::exception &error) {
    // The tunnel is the agent's work, and does not need the listener.
    LogError("health and readiness are not served", {{"reason", error.what()}});
    listener_closed_ = true;
  }
}

SupervisorSettings Instance::MakeSupervisorSettings() {
  SupervisorSettings settings;
  settings.controllers = config_.controllers;
  settings.reconnect_delay = config_.reconnect_delay;
  settings.max_reconnect_delay = config_.max_reconnect_delay;
  settings.reject_retry_delay = config_.reject_retry_delay;
  settings.exit_on_reject = config_.exit_on_reject;
  settings.session.heartbeat = config_.heartbeat_interval;
  settings.session.welcome_timeout = config_.welcome_timeout;
  settings.session.write_stall_timeout = config_.write_stall_timeout;
  settings.session.max_buffered = config_.max_buffered_bytes;
  settings.session.drydock_frames = config_.adapter == Adapter::Drydock;
  settings.session.on_container_removed = [this](const std::string &id) { containers_.OnContainerDeleted(id); };
  return settings;
}

InventorySettings Instance::MakeInventorySettings() const {
  InventorySettings settings;
  settings.form.shape = config_.dialect->nests_container_image ? ContainerShape::Nested : ContainerShape::Flat;
  settings.form.agent_name = config_.agent_name;
  settings.form.redact_env = config_.redact_env;
  settings.refresh_interval = config_.poll_interval;
  return settings;
}

MetricsSettings Instance::MakeMetricsSettings() const {
  return {config_.host_proc, config_.skip_df_collection, config_.heartbeat_interval};
}

std::vector<SessionExtension *> Instance::MakeExtensions() {
  // Metrics first, so that they are listening when the containers say that they have been told.
  std::vector<SessionExtension *> extensions = {&metrics_};
  if (config_.adapter == Adapter::Drydock) extensions.push_back(&containers_);
  return extensions;
}

AgentProfile Instance::MakeProfile() const {
  const AgentIdentity identity = link_.Identity();
  return {"edge", identity.version, identity.agent_id, identity.agent_name, identity.hostname, Capabilities(identity)};
}

ControllerState Instance::GetControllerState() const {
  return supervisor_.Status().connected ? ControllerState::Connected : ControllerState::Disconnected;
}

void Instance::OnEngineChanged(bool up) {
  if (up == engine_up_) return;
  engine_up_ = up;
  if (up) {
    LogInfo("Docker is there",
            {{"version", engine_.GetInfo().version}, {"api_version", engine_.GetInfo().api_version}});
  } else {
    LogWarning("Docker does not answer; waiting for it", {{"reason", engine_.DownReason()}});
  }
}

void Instance::OnSignal(int signal) {
  if (signal == SIGHUP) return Reload();
  LogInfo("shutting down", {{"signal", signal == SIGINT ? "SIGINT" : "SIGTERM"}});
  if (stopping_) return loop_.Stop();
  Shutdown();
}

void Instance::Reload() {
  auto loaded = LoadConfig(sources_);
  for (const auto &error : loaded.errors) LogError("the configuration cannot be used", {{"reason", error}});
  if (!loaded.errors.empty()) return LogError("nothing was changed; correct the configuration and send SIGHUP again");
  const ConfigChanges changes = CompareConfigs(config_, loaded.config);
  for (const auto name : changes.live) LogInfo("setting changed", {{"setting", name}});
  for (const auto name : changes.waiting) {
    LogWarning("this setting takes effect at the next start", {{"setting", name}});
  }
  ApplyLiveSettings(config_, loaded.config);
  ConfigureLog(config_.log_level, config_.log_format);
  transport_.SetDeadlines(config_.Deadlines());
  audit_.Log().Reopen();
  link_.Reload();
  supervisor_.RetryNow();
  LogInfo("configuration, key and certificates will be used as they are now");
}

void Instance::Shutdown() {
  stopping_ = true;
  shutdown_limit_.Arm(kShutdownLimit);
  supervisor_.Shutdown();
  if (!listener_) return;
  listener_->Close(kListenerGrace, [this] {
    listener_closed_ = true;
    StopWhenDone();
  });
}

void Instance::OnTunnelStopped() {
  tunnel_stopped_ = true;
  StopWhenDone();
}

void Instance::StopWhenDone() {
  if (tunnel_stopped_ && listener_closed_) loop_.Stop();
}

void Instance::OnRejectedForGood() {
  LogError("the controller refuses this agent; ending, as EXIT_ON_REJECT says");
  exit_code_ = EXIT_FAILURE;
  Shutdown();
}

int RunAgent(Config config, const ConfigSources &sources) {
  return Instance(std::move(config), sources).Run();
}

}  // namespace lookout
