// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/CommandLine.hxx"

namespace lookout {

/**
 * `lookout connect`: a local unix socket, for its owner only, behind which the Docker of an agent's host is: whatever
 * comes is sent on to the agent's listener with a credential added. Prints the line that makes docker use it, then
 * serves until SIGINT or SIGTERM. Returns the exit code; throws when it cannot begin.
 */
int RunConnect(const ConnectOptions &options);

}  // namespace lookout
