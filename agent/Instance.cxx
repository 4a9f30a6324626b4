// SPDX-License-Identifier: Apache-2.0
#include "agent/Instance.hxx"

#include <cstdlib>

#include "base/Log.hxx"

namespace lookout {

int RunAgent(Config config, const ConfigSources &) {
  LogError("this build cannot run the agent yet", {{"agentId", config.agent_id}, {"agentName", config.agent_name}});
  return EXIT_FAILURE;
}

}  // namespace lookout
