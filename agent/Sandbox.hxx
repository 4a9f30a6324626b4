// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/Config.hxx"
#include "base/Landlock.hxx"
#include "base/SyscallFilter.hxx"

namespace lookout {

/** What is left to the process once it has started; docs/configuration.md describes it for users. */
struct SandboxPlan {
  std::vector<PathRule> files;
  Programs programs = Programs::None;
  /** The only TCP port that may be bound; nullopt: any. */
  std::optional<uint16_t> port;
};

/** Where to look for what may be run, and for what is written beside the configured paths. */
struct SandboxHost {
  std::string config_file;
  /** Directories with colons between them, in which compose tools are looked for. */
  std::string path;
  std::string temporary_directory = "/tmp";
  /** $RUNTIME_DIRECTORY; "" when there is none. */
  std::string runtime_directory;
};

/**
 * What this configuration needs. The folders of files that are read again or replaced while the agent runs are opened
 * as a whole, unless they are top-level folders, where only the file itself is. The agent may run programs only where a
 * compose tool is installed and STACKS_DIR can be used: the tools, their plugins and interpreters, nothing else. Makes
 * STATE_DIRECTORY and, for compose, STACKS_DIR when they are missing, since that cannot be done later.
 */
SandboxPlan PlanSandbox(const Config &config, const SandboxHost &host);

/**
 * Takes everything else away: core dumps, no_new_privs, landlock, seccomp, for good. Before other threads are started,
 * since landlock holds for those that come later. The error says what is not in force, for the one warning; all the
 * rest is.
 */
Result<void> EnterSandbox(const SandboxPlan &plan);

/**
 * A file of the system's that name look-up needs and that is out of reach, since it was replaced by another after
 * EnterSandbox(); "" when all is well.
 */
std::string FindReplacedSystemFile();

}  // namespace lookout
