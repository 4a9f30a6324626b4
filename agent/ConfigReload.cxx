// SPDX-License-Identifier: Apache-2.0
#include "agent/ConfigReload.hxx"

#include "agent/Setting.hxx"

namespace lookout {

ConfigChanges CompareConfigs(const Config &running, const Config &fresh) {
  ConfigChanges changes;
  for (const auto &setting : AllSettings()) {
    const bool is_kept = setting.name == "AGENT_ID" && fresh.agent_id.empty();
    if (is_kept || setting.binding.equal(running, fresh)) continue;
    (setting.is_live ? changes.live : changes.waiting).push_back(setting.name);
  }
  return changes;
}

void ApplyLiveSettings(Config &running, const Config &fresh) {
  for (const auto &setting : AllSettings()) {
    if (setting.is_live) setting.binding.copy(running, fresh);
  }
}

}  // namespace lookout
