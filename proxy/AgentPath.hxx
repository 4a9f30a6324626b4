// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace lookout {

/**
 * What follows the agent's own prefix, in either dialect, with its slash: "/health" of "/_lookout/health"; nullopt
 * for any other path.
 */
std::optional<std::string_view> AgentPath(std::string_view path);

}  // namespace lookout
