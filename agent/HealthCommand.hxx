// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/ConfigLoader.hxx"

namespace lookout {

/**
 * `lookout health`: asks the agent that runs with the same configuration on this host, at its own listener: GET
 * /health, or /ready with `wants_readiness`. Prints the answer, or why there is none, and returns the exit code: 0 when
 * the agent says yes within 5 s, else 1. For the health checks of containers, which have no curl.
 */
int RunHealth(const ConfigSources &sources, bool wants_readiness);

}  // namespace lookout
