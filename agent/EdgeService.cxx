// SPDX-License-Identifier: Apache-2.0
#include "agent/EdgeService.hxx"

#include <stdexcept>

#include "agent/Identity.hxx"
#include "agent/MetricFamilies.hxx"
#include "base/Log.hxx"

namespace lookout {

namespace {

constexpr std::chrono::seconds kProbesGrace{2};

}  // namespace

EdgeService::EdgeService(AgentCore &core, std::vector<UniqueFd> sockets, std::function<void()> on_rejected_for_good)
    : core_(core),
      config_(core.Settings()),
      sockets_(std::move(sockets)),
      on_rejected_for_good_(std::move(on_rejected_for_good)),
      context_(core.Loop()),
      link_(context_, config_, core.Engine()),
      containers_(core.Loop(), core.Containers(), *config_.dialect),
      metrics_(core.Loop(), core.Watch().Host(), config_.heartbeat_interval),
      operations_(core.Loop(), open_top_routes_, open_agent_routes_, MakeOwnNames(config_)),
      supervisor_(
          core.Loop(), core.Requests(), MakeSupervisorSettings(),
          [this](const ControllerUrl &url, TransportHandler &handler) { return link_.Dial(url, handler); },
          [this](int64_t unix_seconds) { return link_.MakeSignedHello(unix_seconds); }, MakeExtensions(),
          RandomFraction, *this) {
  core.Health().AddTo(open_top_routes_, open_agent_routes_);
  core.Watch().AddOpenTo(open_top_routes_, open_agent_routes_);
  core.Watch().SetServiceSource([this](Exposition &text) {
    AddTunnelFamilies(text, supervisor_.Status(), supervisor_.Figures());
    if (listener_) AddListenerFamilies(text, listener_->Connections());
  });
  containers_.SetOnSynced([this] { metrics_.OnContainersSynced(); });
}

EdgeService::~EdgeService() = default;

void EdgeService::Start() {
  StartListener();
  supervisor_.Start();
}

void EdgeService::StartListener() {
  ListenerSettings settings;
  settings.address = config_.bind_address;
  settings.port = config_.port;
  try {
    listener_ = std::make_unique<Listener>(core_.Loop(), settings, operations_, std::move(sockets_));
    if (!listener_->IsLocal() && !config_.allow_unauthenticated_remote) {
      throw std::runtime_error(listener_->Address() +
                               " is not loopback; set ALLOW_UNAUTHENTICATED_REMOTE=true if that is meant");
    }
    LogInfo("health and metrics are served", {{"address", listener_->Address()}});
  } catch (const std::exception &error) {
    // The tunnel is the agent's work, and does not need the listener.
    listener_.reset();
    LogError("health and metrics are not served", {{"reason", error.what()}});
    listener_closed_ = true;
  }
}

void EdgeService::Reload() {
  link_.Reload();
  supervisor_.RetryNow();
}

SupervisorSettings EdgeService::MakeSupervisorSettings() {
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

std::vector<SessionExtension *> EdgeService::MakeExtensions() {
  // Metrics first, so that they are listening when the containers say that they have been told.
  std::vector<SessionExtension *> extensions = {&metrics_};
  if (config_.adapter == Adapter::Drydock) extensions.push_back(&containers_);
  return extensions;
}

ControllerState EdgeService::GetControllerState() const {
  return supervisor_.Status().connected ? ControllerState::Connected : ControllerState::Disconnected;
}

void EdgeService::Shutdown(std::function<void()> on_stopped) {
  on_stopped_ = std::move(on_stopped);
  core_.EndStreams();
  supervisor_.Shutdown();
  if (!listener_) return;
  listener_->Close(kProbesGrace, [this] {
    listener_closed_ = true;
    CheckStopped();
  });
}

void EdgeService::OnTunnelStopped() {
  tunnel_stopped_ = true;
  CheckStopped();
}

void EdgeService::CheckStopped() {
  if (tunnel_stopped_ && listener_closed_ && on_stopped_) on_stopped_();
}

void EdgeService::OnRejectedForGood() {
  LogError("the controller refuses this agent; ending, as EXIT_ON_REJECT says");
  on_rejected_for_good_();
}

}  // namespace lookout
