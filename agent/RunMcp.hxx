// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/ConfigLoader.hxx"

namespace lookout {

/**
 * "lookout mcp": serves one assistant on standard input and output until the input ends; returns the exit code. Of the
 * configuration only DOCKER_SOCKET and HOST_PROC count.
 */
int RunMcp(const ConfigSources &sources);

}  // namespace lookout
