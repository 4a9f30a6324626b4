// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "base/Result.hxx"

namespace lookout {

/** What may be done with one file, or with everything beneath one directory. */
struct PathRule {
  enum class Access {
    Read,
    /** Read, and run as a program. */
    Run,
    /** Read, write, make and remove files and directories. */
    Change,
  };

  std::string path;
  Access access = Access::Read;
};

/**
 * From now on, for this thread and for all that it starts, whatever their user: files beneath the rules' paths only,
 * no signal to processes outside, and TCP sockets bound to `port` only (nullopt: to any). Descriptors that are open
 * already, and sockets by their path, are not affected. Paths that do not exist are passed over; a rule stays with
 * the file or directory that it was made for, not with its name.
 *
 * This is landlock(7), which Linux has since 5.13, the limit on ports since 6.7, on signals since 6.12; an older
 * kernel leaves out what it does not know. Needs no_new_privs. The error says why nothing is limited.
 */
Result<void> RestrictFiles(std::span<const PathRule> rules, std::optional<uint16_t> port);

}  // namespace lookout
