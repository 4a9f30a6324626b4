// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "agent/DiskUsage.hxx"
#include "agent/HostMetrics.hxx"

namespace lookout {

struct HostSettings {
  std::string proc = "/proc";
  /** The disk is never looked at. */
  bool skip_disk = false;
};

/** The host's figures, for all who tell of them; the load of the processors each samples for himself. */
class HostCollector {
 public:
  HostCollector(EventLoop &loop, DockerEngine &engine, const HostSettings &settings);

  const HostMetrics &Host() const { return host_; }
  /** The last known figures, all 0 while there are none; starts finding out newer ones. */
  DiskUsage::Space SampleDisk();

 private:
  const HostMetrics host_;
  std::optional<DiskUsage> disk_;
};

/**
 * All figures as one JSON object (docs/protocol.md, "Metrics"), as frames and assistants are told them. The load is
 * that since the last sample of `cpu`.
 */
std::string FormatHostFigures(HostCollector &collector, CpuSampler &cpu);

}  // namespace lookout
