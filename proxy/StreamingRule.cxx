// SPDX-License-Identifier: Apache-2.0
#include "proxy/StreamingRule.hxx"

#include <algorithm>
#include <array>

namespace lookout {

bool IsStreamingTarget(std::string_view target) {
  static constexpr std::array<std::string_view, 6> kSuffixes = {
      "/logs", "/attach", "/events", "/build", "/images/create", "/images/push",
  };
  const auto path = target.substr(0, target.find('?'));
  const bool has_suffix =
      std::any_of(kSuffixes.begin(), kSuffixes.end(), [path](auto suffix) { return path.ends_with(suffix); });
  return has_suffix || (path.find("/exec/") != std::string_view::npos && path.ends_with("/start"));
}

}  // namespace lookout
