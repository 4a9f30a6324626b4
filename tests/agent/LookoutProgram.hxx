// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tests/support/TempDir.hxx"

namespace lookout {

struct ProgramResult {
  int exit_code;
  std::string out;
  std::string err;
};

/**
 * Runs the real program (LOOKOUT names it) to its end in `directory`, with nothing in its environment but
 * `environment` ("A=1 B=2", as for a shell) and with `arguments` as a shell reads them.
 */
ProgramResult RunLookout(const TempDir &directory, const std::string &arguments, const std::string &environment = "");

}  // namespace lookout
