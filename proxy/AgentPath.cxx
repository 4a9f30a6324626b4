// SPDX-License-Identifier: Apache-2.0
#include "proxy/AgentPath.hxx"

#include "auth/Dialect.hxx"

namespace lookout {

std::optional<std::string_view> AgentPath(std::string_view path) {
  for (const auto *const dialect : {&kLookoutDialect, &kPortwingDialect}) {
    if (path.starts_with(dialect->route_prefix)) return path.substr(dialect->route_prefix.size() - 1);
  }
  return std::nullopt;
}

}  // namespace lookout
