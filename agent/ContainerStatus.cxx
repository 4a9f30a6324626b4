// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerStatus.hxx"

#include "base/Strings.hxx"

namespace lookout {

std::string ContainerStatus(const JsonValue &state) {
  if (state["Paused"].AsBool() == true) return "paused";
  if (state["Restarting"].AsBool() == true) return "restarting";
  if (state["Running"].AsBool() == true) return "running";
  if (state["Dead"].AsBool() == true) return "dead";
  const auto word = ToLower(Trim(state["Status"].AsString()));
  return word.empty() ? "exited" : word;
}

std::string HealthStatus(const JsonValue &state) {
  const auto &word = state["Health"]["Status"].AsString();
  const bool known = word == "starting" || word == "healthy" || word == "unhealthy";
  return known ? word : "";
}

}  // namespace lookout
