// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/ComposeRequest.hxx"
#include "agent/StackVariables.hxx"
#include "base/Result.hxx"

namespace lookout {

/** A stack whose files are in place. */
struct PreparedStack {
  /** Its absolute directory. */
  std::string directory;
  StackVariables variables;
};

/**
 * Writes the files and the variables of a request below `root`. Without any, the stack must be there already. Variables
 * that the request does not name are those of the last one that did. Blocks while the disk writes; touches only its
 * arguments and the files, so that it can run on another thread.
 */
Result<PreparedStack> PrepareStack(const std::string &root, const ComposeRequest &request, const ComposeRules &rules);

}  // namespace lookout
