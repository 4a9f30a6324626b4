// SPDX-License-Identifier: Apache-2.0
#include "agent/AgentCore.hxx"

#include "agent/Identity.hxx"
#include "base/Log.hxx"

namespace lookout {

AgentCore::AgentCore(EventLoop &loop, const Config &config, const HealthSource &health)
    : loop_(loop),
      config_(config),
      heap_trim_(loop),
      transport_(loop, config.docker_socket, config.Deadlines()),
      engine_(loop, transport_),
      audit_(loop, config.audit_log, config.audit_buffer_size),
      events_(loop, engine_),
      inventory_(loop, engine_, events_, MakeInventorySettings()),
      health_(loop, MakeProfile(), health, engine_),
      watch_(loop, config, engine_, audit_),
      compose_(loop, engine_, audit_, MakeComposeSettings(), config.state_directory),
      stacks_(loop, engine_, config.stacks_dir, compose_.Journal()),
      adapter_(MakeAdapter({loop, config, engine_, events_, inventory_})),
      mcp_context_{loop, engine_, watch_.Host(), mcp_cpu_},
      mcp_server_(config.dialect->event_source, mcp_context_),
      mcp_(loop, mcp_server_),
      dispatcher_(loop, top_routes_, agent_routes_, engine_, audit_) {
  health_.AddTo(top_routes_, agent_routes_);
  watch_.AddTo(top_routes_, agent_routes_);
  agent_routes_.Add("/compose", compose_);
  agent_routes_.Add("/stacks", stacks_);
  top_routes_.AddTable(adapter_->Routes());
  agent_routes_.Add("/mcp", mcp_);
  engine_.AddListener(*this);
}

AgentCore::~AgentCore() = default;

void AgentCore::Start() {
  ComposeScratch::RemoveLeftOvers();
  engine_.Start();
  events_.Start();
  inventory_.Start();
}

void AgentCore::Reload() {
  transport_.SetDeadlines(config_.Deadlines());
  compose_.SetDeadlines(config_.Deadlines());
}

std::vector<std::string> AgentCore::RoutePaths() const {
  auto paths = top_routes_.Paths();
  constexpr std::string_view kPrefix = kPortwingDialect.route_prefix;
  for (const auto &path : agent_routes_.Paths()) paths.push_back(std::string(kPrefix) + path.substr(1));
  return paths;
}

AgentProfile AgentCore::MakeProfile() const {
  const AgentIdentity identity = MakeIdentity(config_, engine_);
  auto capabilities = Capabilities(identity);
  if (!config_.IsEdge()) std::erase_if(capabilities, [](const auto &name) { return name.starts_with("edge-"); });
  return {config_.IsEdge() ? "edge" : "standard",
          identity.version,
          identity.agent_id,
          identity.agent_name,
          identity.hostname,
          std::move(capabilities)};
}

InventorySettings AgentCore::MakeInventorySettings() const {
  InventorySettings settings;
  const bool nested = config_.adapter == Adapter::Drydock && config_.dialect->nests_container_image;
  settings.form.shape = nested ? ContainerShape::Nested : ContainerShape::Flat;
  settings.form.agent_name = config_.agent_name;
  settings.form.redact_env = config_.redact_env;
  settings.refresh_interval = config_.poll_interval;
  return settings;
}

ComposeSettings AgentCore::MakeComposeSettings() const {
  ComposeSettings settings;
  settings.stacks_dir = config_.stacks_dir;
  settings.docker_socket = config_.docker_socket;
  settings.rules.allow_proxy_variables = config_.compose_allow_proxy_env;
  settings.deadlines = config_.Deadlines();
  return settings;
}

void AgentCore::OnEngineChanged(bool up) {
  if (up == engine_up_) return;
  engine_up_ = up;
  if (up) {
    LogInfo("Docker is there",
            {{"version", engine_.GetInfo().version}, {"api_version", engine_.GetInfo().api_version}});
  } else {
    LogWarning("Docker does not answer; waiting for it", {{"reason", engine_.DownReason()}});
  }
}

}  // namespace lookout
