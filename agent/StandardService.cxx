// SPDX-License-Identifier: Apache-2.0
#include "agent/StandardService.hxx"

#include <stdexcept>

#include "agent/MetricFamilies.hxx"
#include "base/Log.hxx"

namespace lookout {

namespace {

/** Long enough for what is under way, and below the 10 s after which service managers lose patience. */
constexpr std::chrono::seconds kListenerGrace{8};

}  // namespace

StandardService::StandardService(AgentCore &core)
    : core_(core),
      config_(core.Settings()),
      timer_(core.Loop(), core.Requests(), core.Watch().Requests()),
      counter_(timer_, core.Watch().Requests(), *config_.dialect) {
  core.Watch().SetServiceSource([this](Exposition &text) {
    if (listener_) AddListenerFamilies(text, listener_->Connections());
  });
}

StandardService::~StandardService() = default;

void StandardService::Start() {
  if (!config_.allow_unauthenticated) throw std::runtime_error("credentials are not checked yet");
  ListenerSettings settings;
  settings.address = config_.bind_address;
  settings.port = config_.port;
  listener_ = std::make_unique<Listener>(core_.Loop(), settings, counter_);
  LogInfo("requests are served", {{"address", listener_->Address()}});
}

void StandardService::Reload() {}

void StandardService::Shutdown(std::function<void()> on_stopped) {
  core_.EndStreams();
  listener_->Close(kListenerGrace, std::move(on_stopped));
}

}  // namespace lookout
