// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/Config.hxx"

namespace lookout {

inline constexpr std::string_view kDefaultConfigFile = "/etc/lookout/lookout.conf";

/** Where settings come from: the environment wins over the file, the file over the defaults. */
struct ConfigSources {
  /** getenv(3): nullptr when the variable is not set. */
  std::function<const char *(const char *name)> environment;
  std::string file{kDefaultConfigFile};
  /** Named on the command line, so it must exist. */
  bool is_file_required = false;
};

/** The outcome of loading: usable when there are no errors. Every text is one sentence for the user. */
struct LoadedConfig {
  Config config;
  std::vector<std::string> errors;
  std::vector<std::string> warnings;
  /** For each setting's name where its value comes from: "default", "environment", "FILE:LINE". */
  std::map<std::string_view, std::string> origins;

  /** Adds "NAME: reason (origin)" to the errors. */
  void Refuse(std::string_view setting, std::string_view reason);
};

/**
 * Reads all settings, checks each and all together, and reads the files they name, so that what is wrong is known
 * before anything starts. It collects every error. A variable that is set to nothing means the default, whatever
 * the file says. Nothing is written; AGENT_ID stays empty when it is not configured (see ResolveAgentId()).
 */
LoadedConfig LoadConfig(const ConfigSources &sources);

}  // namespace lookout
