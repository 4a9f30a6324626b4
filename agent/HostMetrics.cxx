// SPDX-License-Identifier: Apache-2.0
#include "agent/HostMetrics.hxx"

#include <fcntl.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

#include "base/SaturatingAdd.hxx"
#include "base/Strings.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxProcFile = 256 * 1024;
constexpr size_t kCpuCounters = 8;  // user nice system idle iowait irq softirq steal
constexpr size_t kIdle = 3;
constexpr size_t kIowait = 4;
constexpr size_t kReceived = 0;  // columns behind the interface's name
constexpr size_t kSent = 8;

/** The words of a line, which are separated by any number of blanks. */
std::vector<std::string_view> Words(std::string_view line) {
  return SplitList(line, ' ');
}

std::optional<uint64_t> ParseCount(std::string_view word) {
  const auto number = ParseInt(word);
  if (!number || *number < 0) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

std::optional<uint64_t> ParseKilobytes(std::string_view word) {
  const auto count = ParseCount(word);
  if (!count || *count > std::numeric_limits<uint64_t>::max() / 1024) return std::nullopt;
  return *count * 1024;
}

}  // namespace

std::optional<CpuTicks> ParseCpuTicks(std::string_view stat) {
  for (const auto line : SplitList(stat, '\n')) {
    if (!line.starts_with("cpu ")) continue;
    const auto words = Words(line);
    if (words.size() < kCpuCounters + 1) return std::nullopt;
    CpuTicks ticks;
    for (size_t i = 0; i < kCpuCounters; ++i) {
      const auto count = ParseCount(words[i + 1]);
      if (!count) return std::nullopt;
      ticks.total = AddSaturating(ticks.total, *count);
      if (i == kIdle || i == kIowait) ticks.idle = AddSaturating(ticks.idle, *count);
    }
    return ticks;
  }
  return std::nullopt;
}

MemoryUsage ParseMemory(std::string_view meminfo) {
  MemoryUsage memory;
  std::optional<uint64_t> available;
  uint64_t reclaimable = 0;
  for (const auto line : SplitList(meminfo, '\n')) {
    const auto words = Words(line);
    if (words.size() < 2) continue;
    const auto bytes = ParseKilobytes(words[1]);
    if (!bytes) continue;
    if (words[0] == "MemTotal:") memory.total = *bytes;
    if (words[0] == "MemAvailable:") available = *bytes;
    if (words[0] == "MemFree:" || words[0] == "Buffers:" || words[0] == "Cached:") {
      reclaimable = AddSaturating(reclaimable, *bytes);
    }
  }
  memory.free = available.value_or(reclaimable);
  memory.used = memory.total > memory.free ? memory.total - memory.free : 0;
  return memory;
}

NetworkUsage ParseNetwork(std::string_view net_dev) {
  NetworkUsage usage;
  for (const auto line : SplitList(net_dev, '\n')) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || Trim(line.substr(0, colon)) == "lo") continue;
    const auto columns = Words(line.substr(colon + 1));
    if (columns.size() <= kSent) continue;
    const auto received = ParseCount(columns[kReceived]);
    const auto sent = ParseCount(columns[kSent]);
    if (!received || !sent) continue;
    usage.received = AddSaturating(usage.received, *received);
    usage.sent = AddSaturating(usage.sent, *sent);
  }
  return usage;
}

uint64_t ParseUptime(std::string_view uptime) {
  return ParseCount(uptime.substr(0, uptime.find_first_of(". \n"))).value_or(0);
}

double CpuSampler::Sample(std::optional<CpuTicks> now) {
  const auto last = std::exchange(last_, now);
  if (!last || !now || now->total <= last->total) return 0;
  const auto total = static_cast<double>(now->total - last->total);
  // The kernel may count iowait back by a little: a processor that was never idle then, not one without load.
  const auto idle = now->idle > last->idle ? static_cast<double>(now->idle - last->idle) : 0.0;
  return std::clamp((1 - idle / total) * 100, 0.0, 100.0);
}

std::string HostMetrics::Read(std::string_view file) const {
  const std::string path = proc_ + "/" + std::string(file);
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  std::array<char, 16 * 1024> buffer{};
  ssize_t count = 0;
  while (fd.IsOpen() && text.size() < kMaxProcFile && (count = ::read(fd.Get(), buffer.data(), buffer.size())) > 0) {
    text.append(buffer.data(), static_cast<size_t>(count));
  }
  return text;
}

std::optional<CpuTicks> HostMetrics::Cpu() const {
  return ParseCpuTicks(Read("stat"));
}

MemoryUsage HostMetrics::Memory() const {
  return ParseMemory(Read("meminfo"));
}

std::optional<NetworkUsage> HostMetrics::Network() const {
  const std::string text = Read(proc_ == "/proc" ? "net/dev" : "1/net/dev");
  if (text.empty()) return std::nullopt;
  return ParseNetwork(text);
}

uint64_t HostMetrics::Uptime() const {
  return ParseUptime(Read("uptime"));
}

unsigned CpuCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? static_cast<unsigned>(CPU_COUNT(&set)) : 1;
}

}  // namespace lookout
