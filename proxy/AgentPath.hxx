// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "auth/Dialect.hxx"

namespace lookout {

/**
 * What follows the agent's own prefix, in either dialect, with its slash: "/health" of "/_lookout/health"; nullopt
 * for any other path.
 */
std::optional<std::string_view> AgentPath(std::string_view path);

/** Health and readiness, which nobody has to prove himself for: /health, /ready, and health under our prefix. */
bool IsHealthPath(std::string_view path);

/** The dialect whose prefix the path has; the one of today for any other path. */
const Dialect &DialectOf(std::string_view path);

}  // namespace lookout
