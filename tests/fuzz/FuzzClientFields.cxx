// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "auth/PresentedToken.hxx"
#include "proxy/WebOrigin.hxx"
#include "tests/fuzz/Require.hxx"

using namespace lookout;

/** Lines: Authorization, three token fields, Origin, Host, all of a request that has not proved anything yet. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  std::string_view rest(reinterpret_cast<const char *>(data), size);
  std::array<std::string_view, 6> lines;
  for (auto &line : lines) {
    line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  const auto &[authorization, first, second, third, origin, host] = lines;
  const auto token = FindPresentedToken({authorization, first, second, third});
  const bool is_one = (token.empty() || token == first || token == second || token == third ||
                       (authorization.size() > token.size() && authorization.find(token) != std::string_view::npos));
  Require(is_one, "a token is what was presented, and no part of two");
  Require(FindPresentedToken({"", first, "", ""}) == first, "a field that is there alone is the token");
  Require(host.starts_with(WithoutPort(host)), "a host is what stands before the port");
  const HeaderList from_elsewhere{{"Origin", std::string(origin)}, {"Host", std::string(host)}};
  if (!origin.empty() && !IsOwnOrigin(origin, host)) {
    Require(IsFromOtherSite(from_elsewhere), "an origin that is not ours is another site");
  }
  Require(!IsFromOtherSite({{"Host", std::string(host)}}), "without an origin it is no page's request");
  return 0;
}
