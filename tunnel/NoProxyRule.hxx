// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/IpAddress.hxx"
#include "tunnel/ControllerUrl.hxx"

namespace lookout {

/** One entry of NO_PROXY; the forms are described at ProxyEnvironment. An entry of no known form matches nothing. */
class NoProxyRule {
 public:
  explicit NoProxyRule(std::string_view entry);
  bool Matches(const ControllerUrl &url) const;

 private:
  bool MatchesName(const std::string &host) const;

  std::string host_;  // lower case, without port and brackets
  int port_ = 0;      // 0: any
  std::optional<IpNetwork> network_;
};

}  // namespace lookout
