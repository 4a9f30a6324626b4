// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "agent/ContainerStats.hxx"
#include "agent/Exposition.hxx"
#include "agent/HostCollector.hxx"
#include "proxy/AgentRoutes.hxx"
#include "proxy/GetRoute.hxx"

namespace lookout {

/**
 * GET /metrics and metrics under the agent's prefix: everything there is to measure, in the text format of Prometheus.
 * Waits for a round of questions about containers where the last one is old (ContainerStats); the rest is at hand.
 */
class MetricsRoute final : public GetRoute {
 public:
  /** Adds families; must not wait for anything. */
  using Source = std::function<void(Exposition &text)>;

  /** `prefix` is that of the agent's own families. What `source` adds stands behind agent, host and containers. */
  MetricsRoute(EventLoop &loop, std::string_view prefix, HostCollector &host, ContainerStats &containers,
               Source source);

  void AddTo(AgentRoutes &top, AgentRoutes &agent);

 private:
  class Scrape;

  std::unique_ptr<Work> Begin(const RequestHead &head, Respond respond) override;
  FullResponse MakeAnswer();
  std::optional<double> SampleCpu();

  const std::string prefix_;
  const TimePoint started_;
  HostCollector &host_;
  ContainerStats &containers_;
  const Source source_;
  CpuSampler cpu_;
  std::optional<double> cpu_percent_;
  TimePoint cpu_sampled_at_;
};

}  // namespace lookout
