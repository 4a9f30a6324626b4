// SPDX-License-Identifier: Apache-2.0
#include "proxy/OwnNames.hxx"

#include <algorithm>

#include "auth/TrustedProxies.hxx"
#include "base/Strings.hxx"
#include "proxy/WebOrigin.hxx"

namespace lookout {

OwnNames::OwnNames(std::vector<std::string> names) : takes_all_(false), names_(std::move(names)) {
  for (auto &name : names_) name = ToLower(name);
  std::erase(names_, "");
}

bool OwnNames::Accept(const Request &request) const {
  if (takes_all_ || !ParseHop(request.origin.peer_address)) return true;
  const auto *const host = request.head.headers.Find("Host");
  return host == nullptr || IsOwn(*host);
}

bool OwnNames::IsOwn(std::string_view host) const {
  const auto name = ToLower(WithoutPort(Trim(host)));
  return name == "localhost" || name.ends_with(".localhost") || ParseHop(name).has_value() ||
         std::find(names_.begin(), names_.end(), name) != names_.end();
}

}  // namespace lookout
