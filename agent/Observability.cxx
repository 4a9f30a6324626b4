// SPDX-License-Identifier: Apache-2.0
#include "agent/Observability.hxx"

#include "agent/MetricFamilies.hxx"

namespace lookout {

Observability::Observability(EventLoop &loop, const Config &config, DockerEngine &engine, const AuditJournal &audit)
    : audit_(audit),
      host_(loop, engine, {config.host_proc, config.skip_df_collection}),
      containers_(loop, engine),
      audit_routes_(loop, audit.Ring()),
      metrics_(loop, config.metrics_dialect->metric_prefix, host_, containers_,
               [this](Exposition &text) { AddFamilies(text); }) {}

void Observability::AddFamilies(Exposition &text) const {
  AddRequestFamilies(text, requests_);
  if (service_source_) service_source_(text);
  AddAuditFamilies(text, audit_, audit_routes_.Reads());
}

void Observability::AddTo(AgentRoutes &top, AgentRoutes &agent) {
  metrics_.AddTo(top, agent);
  audit_routes_.AddTo(agent);
}

void Observability::AddOpenTo(AgentRoutes &top, AgentRoutes &agent) {
  metrics_.AddTo(top, agent);
  audit_routes_.AddExportTo(agent);
}

}  // namespace lookout
