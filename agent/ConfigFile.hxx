// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/Result.hxx"

namespace lookout {

/** One `KEY=value` of a configuration file. */
struct ConfigLine {
  size_t number;
  std::string key;
  std::string value;
};

/** What a file says; lines that cannot be understood are in `errors`, each a sentence that begins with its number. */
struct ConfigFile {
  std::vector<ConfigLine> lines;
  std::vector<std::string> errors;
};

/**
 * Reads `KEY=value` lines. Blanks around key and value do not count; empty lines and lines that begin with '#' are
 * skipped. A value in single quotes is taken as it stands; in double quotes, backslash is an escape for '"' and '\'.
 * Without quotes a value goes to the end of its line and may not contain " #", so that a forgotten quote or a
 * comment in the wrong place is not taken for part of it. Keys must be known and stand there once. At most 100
 * errors are reported; none quotes a value.
 */
ConfigFile ParseConfigFile(std::string_view text);

/**
 * Reads and parses a file that nobody but its owner may write, and that nobody else may read if it holds a secret.
 * Errors in lines name file and line ("/etc/lookout/lookout.conf:3: ...").
 */
Result<ConfigFile> LoadConfigFile(const std::string &path);

}  // namespace lookout
