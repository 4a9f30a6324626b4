// SPDX-License-Identifier: Apache-2.0
#include "proxy/AgentPath.hxx"

namespace lookout {

std::optional<std::string_view> AgentPath(std::string_view path) {
  for (const auto *const dialect : {&kLookoutDialect, &kPortwingDialect}) {
    if (path.starts_with(dialect->route_prefix)) return path.substr(dialect->route_prefix.size() - 1);
  }
  return std::nullopt;
}

bool IsHealthPath(std::string_view path) {
  return path == "/health" || path == "/ready" || AgentPath(path) == "/health";
}

const Dialect &DialectOf(std::string_view path) {
  return path.starts_with(kLookoutDialect.route_prefix) ? kLookoutDialect : kPortwingDialect;
}

}  // namespace lookout
