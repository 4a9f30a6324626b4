// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "agent/Config.hxx"

namespace lookout {

/** The names of the settings that differ between the running configuration and one read anew. */
struct ConfigChanges {
  /** Those that take effect now. */
  std::vector<std::string_view> live;
  /** Those that wait for the next start. */
  std::vector<std::string_view> waiting;
};

/** An AGENT_ID that is not configured does not count as a change. */
ConfigChanges CompareConfigs(const Config &running, const Config &fresh);

/** Copies the settings that can change live, and no other. */
void ApplyLiveSettings(Config &running, const Config &fresh);

}  // namespace lookout
