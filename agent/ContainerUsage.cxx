// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerUsage.hxx"

#include "base/SaturatingAdd.hxx"
#include "proxy/DockerCall.hxx"

namespace lookout {

namespace {

constexpr double kNanoseconds = 1e9;

std::optional<uint64_t> Count(const JsonValue &value) {
  // A counter beyond int64 is what an engine writes for "no limit"; it is no figure.
  const auto number = value.AsInt();
  if (!number || *number < 0) return std::nullopt;
  return static_cast<uint64_t>(*number);
}

std::optional<NetworkUsage> ReadNetworks(const JsonValue &networks) {
  if (networks.Members().empty()) return std::nullopt;
  NetworkUsage usage;
  for (const auto &[name, interface] : networks.Members()) {
    usage.received = AddSaturating(usage.received, Count(interface["rx_bytes"]).value_or(0));
    usage.sent = AddSaturating(usage.sent, Count(interface["tx_bytes"]).value_or(0));
  }
  return usage;
}

std::string NameOf(const JsonValue &container) {
  const auto &names = container["Names"].Items();
  std::string name = names.empty() ? "" : names.front().AsString();
  name.erase(0, name.find_first_not_of('/'));
  return name.empty() ? container["Id"].AsString() : name;
}

}  // namespace

std::vector<ContainerUsage> ParseRunning(const JsonValue &list) {
  std::vector<ContainerUsage> running;
  for (const auto &container : list.Items()) {
    if (!IsValidContainerRef(container["Id"].AsString())) continue;
    ContainerUsage usage;
    usage.id = container["Id"].AsString();
    usage.name = NameOf(container);
    usage.image = container["Image"].AsString();
    running.push_back(std::move(usage));
  }
  return running;
}

void ReadUsage(const JsonValue &stats, ContainerUsage &usage) {
  const auto nanoseconds = Count(stats["cpu_stats"]["cpu_usage"]["total_usage"]);
  if (nanoseconds) usage.cpu_seconds = static_cast<double>(*nanoseconds) / kNanoseconds;
  usage.memory = Count(stats["memory_stats"]["usage"]);
  usage.memory_limit = Count(stats["memory_stats"]["limit"]);
  if (usage.memory_limit == 0) usage.memory_limit.reset();
  usage.network = ReadNetworks(stats["networks"]);
}

}  // namespace lookout
