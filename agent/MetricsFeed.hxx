// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "agent/DiskUsage.hxx"
#include "agent/HostMetrics.hxx"
#include "tunnel/SessionExtension.hxx"

namespace lookout {

struct MetricsSettings {
  std::string host_proc = "/proc";
  /** Disk figures stay 0. */
  bool skip_disk = false;
  Duration interval = std::chrono::seconds(30);
};

/**
 * Sends the host's figures (docs/protocol.md, "Metrics"): first when the session's containers have been told, which
 * the controller wants to see before anything else, or after 10 s; then at every heartbeat.
 */
class MetricsFeed final : public SessionExtension {
 public:
  MetricsFeed(EventLoop &loop, DockerEngine &engine, MetricsSettings settings);

  /** The session's first list of containers is on its way. */
  void OnContainersSynced();

  void OnSessionReady(FrameSender &sender, const Welcome &welcome) override;
  void OnSendable() override { blocked_ = false; }
  void OnSessionEnded() override;

 private:
  void Send();
  std::string MakeFrameData();

  const MetricsSettings settings_;
  const HostMetrics host_;
  CpuSampler cpu_;
  std::optional<DiskUsage> disk_;
  Timer timer_;
  FrameSender *sender_ = nullptr;  // while a session is up
  bool first_sent_ = false;
  bool blocked_ = false;
};

}  // namespace lookout
