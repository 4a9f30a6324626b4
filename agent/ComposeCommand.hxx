// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/ComposeRequest.hxx"
#include "agent/ComposeTool.hxx"
#include "agent/StackVariables.hxx"
#include "base/ChildProcess.hxx"
#include "proxy/DeadlinePolicy.hxx"

namespace lookout {

/** What a compose tool is told of the host, beside the request. */
struct ComposeHost {
  std::string docker_socket;
  /** "1.41"; "" leaves it to the tool. */
  std::string docker_api_version;
  /** Directories with colons between them, for the tool and its plugins. */
  std::string path;
  /** DOCKER_CONFIG and HOME of this one operation. */
  std::string scratch;
};

/**
 * The program to run for a request whose files are in place. The environment holds what is named here and the stack's
 * variables, nothing of the agent's own.
 */
ChildCommand MakeComposeCommand(const ComposeTool &tool, const ComposeRequest &request,
                                const std::string &stack_directory, const StackVariables &variables,
                                const ComposeHost &host);

/** How long the operation may take; zero means no limit. */
std::chrono::milliseconds ComposeLimit(const DeadlineSettings &deadlines, const ComposeRequest &request);

}  // namespace lookout
