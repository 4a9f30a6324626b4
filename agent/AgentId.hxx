// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "base/Result.hxx"

namespace lookout {

/** A random UUID (version 4) in lower case. */
std::string MakeUuid();

/** The id kept in STATE_DIRECTORY/agent-id, nullopt when none is kept there yet. */
Result<std::optional<std::string>> ReadKeptAgentId(const std::string &state_directory);

struct ResolvedAgentId {
  std::string id;
  /** Not empty when the id will be another one after the next start: why, and what to do. */
  std::string warning;
};

/**
 * The id of an agent that has none configured: the kept one, else a new one, which is kept from now on (in a file with
 * mode 0600 that is there completely or not at all; the directory is made when only it is missing). A kept one that
 * cannot be used is never overwritten.
 */
ResolvedAgentId ResolveAgentId(const std::string &state_directory);

}  // namespace lookout
