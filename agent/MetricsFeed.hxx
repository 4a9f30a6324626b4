// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/HostCollector.hxx"
#include "base/EventLoop.hxx"
#include "tunnel/SessionExtension.hxx"

namespace lookout {

/**
 * Sends the host's figures (docs/protocol.md, "Metrics"): first when the session's containers have been told, which
 * the controller wants to see before anything else, or after 10 s; then at every heartbeat.
 */
class MetricsFeed final : public SessionExtension {
 public:
  /** `interval` is the time between two frames. */
  MetricsFeed(EventLoop &loop, HostCollector &host, Duration interval);

  /** The session's first list of containers is on its way. */
  void OnContainersSynced();

  void OnSessionReady(FrameSender &sender, const Welcome &welcome) override;
  void OnSendable() override { blocked_ = false; }
  void OnSessionEnded() override;

 private:
  void Send();

  HostCollector &host_;
  const Duration interval_;
  CpuSampler cpu_;
  Timer timer_;
  FrameSender *sender_ = nullptr;  // while a session is up
  bool first_sent_ = false;
  bool blocked_ = false;
};

}  // namespace lookout
