// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "agent/Config.hxx"
#include "agent/ContainerStats.hxx"
#include "agent/HostCollector.hxx"
#include "agent/MetricsRoute.hxx"
#include "proxy/AgentRoutes.hxx"
#include "proxy/AuditJournal.hxx"
#include "proxy/AuditRoutes.hxx"
#include "proxy/DockerEngine.hxx"
#include "proxy/RequestMetrics.hxx"

namespace lookout {

/** What can be seen of the agent's work from outside, in either mode: metrics and the latest audit records. */
class Observability {
 public:
  Observability(EventLoop &loop, const Config &config, DockerEngine &engine, const AuditJournal &audit);

  /** All routes, for those who have proved themselves. */
  void AddTo(AgentRoutes &top, AgentRoutes &agent);
  /** Metrics and the export of audit records, for the operations listener. */
  void AddOpenTo(AgentRoutes &top, AgentRoutes &agent);

  HostCollector &Host() { return host_; }
  /** For the handlers of the listener to count in. */
  RequestMetrics &Requests() { return requests_; }
  /** Adds the families of the service that brings the requests; it must outlive every scrape. */
  void SetServiceSource(MetricsRoute::Source source) { service_source_ = std::move(source); }

 private:
  void AddFamilies(Exposition &text) const;

  const AuditJournal &audit_;
  HostCollector host_;
  ContainerStats containers_;
  RequestMetrics requests_;
  AuditRoutes audit_routes_;
  MetricsRoute::Source service_source_;
  MetricsRoute metrics_;
};

}  // namespace lookout
