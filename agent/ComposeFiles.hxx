// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace lookout {

/** What the compose tools of a host consist of. */
struct ComposeFiles {
  /** The tools, their plugins' folders, the interpreters of both; empty when there is no tool. */
  std::vector<std::string> programs;
  /** What they read beside: public settings of the system. */
  std::vector<std::string> files;
};

/** Looks for `docker` and `docker-compose` in the directories of `path`, which have colons between them. */
ComposeFiles FindComposeFiles(std::string_view path);

/** The program that runs this one: of a script the one in its first line, of a binary its loader; "" when none. */
std::string FindInterpreter(const std::string &program);

}  // namespace lookout
