// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/Config.hxx"
#include "agent/ConfigLoader.hxx"

namespace lookout {

/**
 * Runs the agent until a signal ends it; returns the exit code of the process. `config` is complete and checked;
 * `sources` is where SIGHUP reads it again.
 */
int RunAgent(Config config, const ConfigSources &sources);

}  // namespace lookout
