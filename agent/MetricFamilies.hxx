// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "agent/ContainerUsage.hxx"
#include "agent/Exposition.hxx"
#include "agent/HostCollector.hxx"
#include "proxy/AuditJournal.hxx"
#include "proxy/AuditRoutes.hxx"
#include "tunnel/Supervisor.hxx"

/** What the agent tells of itself at /metrics: one function a subject (docs/listener.md, "Metrics"). */
namespace lookout {

void AddAgentFamilies(Exposition &text, std::string_view version, double uptime_seconds);

/** `cpu_percent` unset, and figures that are not known: no such family. */
void AddHostFamilies(Exposition &text, HostCollector &host, std::optional<double> cpu_percent);

/** No family without a sample. */
void AddContainerFamilies(Exposition &text, const std::vector<ContainerUsage> &running);

void AddRequestFamilies(Exposition &text, const RequestMetrics &requests);
void AddListenerFamilies(Exposition &text, size_t connections);

void AddTunnelFamilies(Exposition &text, const TunnelStatus &status, const TunnelFigures &figures);

void AddAuditFamilies(Exposition &text, const AuditJournal &journal, const AuditReads &reads);

}  // namespace lookout
