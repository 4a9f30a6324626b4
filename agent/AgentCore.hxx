// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/AdapterApi.hxx"
#include "agent/ComposeRoute.hxx"
#include "agent/Config.hxx"
#include "agent/DockerEvents.hxx"
#include "agent/HeapTrim.hxx"
#include "agent/Inventory.hxx"
#include "agent/McpRoute.hxx"
#include "agent/McpServer.hxx"
#include "agent/Observability.hxx"
#include "agent/StacksRoute.hxx"
#include "base/EventLoop.hxx"
#include "proxy/AgentRoutes.hxx"
#include "proxy/AuditJournal.hxx"
#include "proxy/Dispatcher.hxx"
#include "proxy/DockerEngine.hxx"
#include "proxy/DockerTransport.hxx"
#include "proxy/HealthRoutes.hxx"
#include "proxy/HealthSource.hxx"

namespace lookout {

/**
 * What an agent has in either mode, whoever brings the requests: the way to the engine, its containers, the audit
 * trail, the agent's own routes and the Dispatcher in front of them. A new route is a member here, added to a table in
 * the constructor.
 */
class AgentCore final : private DockerEngine::Listener {
 public:
  /** Throws when a part cannot be set up. `config` is complete and checked; it and `health` must outlive this. */
  AgentCore(EventLoop &loop, const Config &config, const HealthSource &health);
  ~AgentCore() override;
  AgentCore(const AgentCore &) = delete;
  AgentCore &operator=(const AgentCore &) = delete;

  /** Looks for the engine from now on; that it is away is nobody's failure. */
  void Start();
  /** No answer that has no end of its own may outlast the agent: those are ended, in good order. */
  void EndStreams() { adapter_->Shutdown(); }
  /** Takes up the live settings, which have been read again. */
  void Reload();

  EventLoop &Loop() { return loop_; }
  const Config &Settings() const { return config_; }
  DockerEngine &Engine() { return engine_; }
  DockerEvents &Events() { return events_; }
  Inventory &Containers() { return inventory_; }
  AuditJournal &Audit() { return audit_; }
  Dispatcher &Requests() { return dispatcher_; }
  /** The routes that tell of the agent's health, for those whom nothing else may be told. */
  HealthRoutes &Health() { return health_; }
  Observability &Watch() { return watch_; }
  /** The paths of the agent's own routes, or their patterns; those under its prefix in the form of today's dialect. */
  std::vector<std::string> RoutePaths() const;

 private:
  void OnEngineChanged(bool up) override;
  AgentProfile MakeProfile() const;
  InventorySettings MakeInventorySettings() const;
  ComposeSettings MakeComposeSettings() const;

  EventLoop &loop_;
  const Config &config_;
  HeapTrim heap_trim_;
  DockerTransport transport_;
  DockerEngine engine_;
  std::optional<bool> engine_up_;  // as it was last logged
  AuditJournal audit_;
  DockerEvents events_;
  Inventory inventory_;
  AgentRoutes top_routes_;    // "/health"
  AgentRoutes agent_routes_;  // "/info" for /_lookout/info and /_portwing/info
  HealthRoutes health_;
  Observability watch_;
  ComposeRoute compose_;
  StacksRoute stacks_;
  std::unique_ptr<AdapterApi> adapter_;
  CpuSampler mcp_cpu_;
  const McpToolContext mcp_context_;
  const McpServer mcp_server_;
  McpRoute mcp_;
  Dispatcher dispatcher_;
};

}  // namespace lookout
