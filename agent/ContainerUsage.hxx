// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/HostMetrics.hxx"
#include "base/JsonValue.hxx"

namespace lookout {

/** What a running container has used; what the engine does not tell is absent. */
struct ContainerUsage {
  std::string id;
  std::string name;  // without the slash that the engine puts in front; the id where there is none
  std::string image;

  std::optional<double> cpu_seconds;
  std::optional<uint64_t> memory;
  std::optional<uint64_t> memory_limit;
  /** Over all its interfaces. */
  std::optional<NetworkUsage> network;

  bool operator==(const ContainerUsage &) const = default;
};

/** The containers in an answer to GET /containers/json, nothing of their usage yet. */
std::vector<ContainerUsage> ParseRunning(const JsonValue &list);

/** Takes over what an answer to GET /containers/{id}/stats tells. */
void ReadUsage(const JsonValue &stats, ContainerUsage &usage);

}  // namespace lookout
