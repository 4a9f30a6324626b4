// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/Exchange.hxx"

namespace lookout {

/** For those who ask by another name. */
inline constexpr std::string_view kForeignNameText =
    "this host is not known by that name; ask for localhost or an address, or set AGENT_NAME";

/**
 * By which names a listener may be asked that serves this host without any proof. A page of another web site cannot
 * send requests to it and read the answers, unless the site's own name is made to lead to this host (DNS rebinding);
 * then the request's Host is that name. Addresses, localhost and the names given are good, and so is whatever comes
 * over a unix socket, where no browser is, or without a Host.
 */
class OwnNames {
 public:
  /** Every name is good. */
  OwnNames() = default;
  explicit OwnNames(std::vector<std::string> names);

  bool Accept(const Request &request) const;
  /** "name", "name:3000", "[::1]:3000" */
  bool IsOwn(std::string_view host) const;

 private:
  bool takes_all_ = true;
  std::vector<std::string> names_;  // in lower case
};

}  // namespace lookout
