// SPDX-License-Identifier: Apache-2.0
#include "proxy/WebOrigin.hxx"

#include <string>

#include "base/Strings.hxx"

namespace lookout {

namespace {

/** "https://Host:3000" -> "host:3000"; "" when there is no scheme. */
std::string AuthorityOf(std::string_view origin) {
  const auto scheme = origin.find("://");
  if (scheme == std::string_view::npos) return {};
  return ToLower(origin.substr(scheme + 3));
}

}  // namespace

std::string_view WithoutPort(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  return has_port ? authority.substr(0, colon) : authority;
}

bool IsOwnOrigin(std::string_view origin, std::string_view host) {
  const std::string authority = AuthorityOf(origin);
  const auto name = WithoutPort(authority);
  return !name.empty() && (authority == ToLower(host) || name == "localhost" || name == "127.0.0.1" || name == "[::1]");
}

bool IsFromOtherSite(const HeaderList &headers) {
  const auto *const origin = headers.Find("Origin");
  const auto *const host = headers.Find("Host");
  return origin != nullptr && !IsOwnOrigin(*origin, host == nullptr ? std::string_view() : *host);
}

}  // namespace lookout
