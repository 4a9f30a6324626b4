// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace lookout {

enum class ControllerState { Connected, Disconnected, NotApplicable };

/** What the agent's own routes tell of it. */
class HealthSource {
 public:
  virtual ~HealthSource() = default;
  /** Connected from the welcome on; NotApplicable for an agent that dials nobody. */
  virtual ControllerState GetControllerState() const = 0;
};

/** What does not change while the agent runs. */
struct AgentProfile {
  std::string mode;  // "edge" or "standard"
  std::string version;
  std::string agent_id;
  std::string agent_name;
  std::string hostname;
  std::vector<std::string> capabilities;
};

}  // namespace lookout
