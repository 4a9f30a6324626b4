// SPDX-License-Identifier: Apache-2.0
#include "auth/PresentedToken.hxx"

#include "base/Strings.hxx"

namespace lookout {

namespace {

std::string_view FindBearer(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!EqualsIgnoreCase(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return Trim(authorization.substr(kScheme.size()));
}

}  // namespace

std::string_view FindPresentedToken(const TokenFields &fields) {
  for (const auto token : {FindBearer(fields.authorization), fields.portwing_token, fields.lookout_token}) {
    if (!token.empty()) return token;
  }
  return fields.dd_agent_secret;
}

}  // namespace lookout
