// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lookout {

/** Memory of the host in bytes; 0 where it is not known. */
struct MemoryUsage {
  uint64_t total = 0;
  uint64_t free = 0;
  uint64_t used = 0;
};

/** Bytes over all interfaces but the loopback one, since they came up; one whose line cannot be read is left out. */
struct NetworkUsage {
  uint64_t received = 0;
  uint64_t sent = 0;

  bool operator==(const NetworkUsage &) const = default;
};

/** The first counters of /proc/stat's "cpu" line, in ticks. */
struct CpuTicks {
  uint64_t total = 0;
  uint64_t idle = 0;
};

/** Readers for the texts of proc(5); what cannot be read counts as 0, or as absent. */
std::optional<CpuTicks> ParseCpuTicks(std::string_view stat);
MemoryUsage ParseMemory(std::string_view meminfo);
NetworkUsage ParseNetwork(std::string_view net_dev);
uint64_t ParseUptime(std::string_view uptime);

/** The load since the sample before, in percent: one sampler for each consumer, so that none disturbs another. */
class CpuSampler {
 public:
  /** 0 to 100; 0 for the first sample, after one that is absent, and when nothing has passed since the last one. */
  double Sample(std::optional<CpuTicks> now);

 private:
  std::optional<CpuTicks> last_;
};

/**
 * Reads a host's figures below its proc file system: "/proc", or where it is mounted in a container (HOST_PROC).
 * What cannot be read is 0.
 */
class HostMetrics {
 public:
  explicit HostMetrics(std::string proc) : proc_(std::move(proc)) {}

  std::optional<CpuTicks> Cpu() const;
  MemoryUsage Memory() const;
  /**
   * From net/dev of "/proc", else from 1/net/dev: net/ is the reader's own network name space wherever it is mounted,
   * and the first process lives in the host's. nullopt when that cannot be read.
   */
  std::optional<NetworkUsage> Network() const;
  /** Whole seconds. */
  uint64_t Uptime() const;

 private:
  std::string Read(std::string_view file) const;

  const std::string proc_;
};

/** Processors this process may use. */
unsigned CpuCores();

}  // namespace lookout
