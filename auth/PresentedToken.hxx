// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace lookout {

/** The fields of a request that may carry a token: the first line of each name, "" when there is none. */
struct TokenFields {
  std::string_view authorization;
  std::string_view portwing_token;   // X-Portwing-Token
  std::string_view lookout_token;    // X-Lookout-Token
  std::string_view dd_agent_secret;  // X-Dd-Agent-Secret
};

/**
 * The token that a request presents, or "". The fields count in the order above and the first that is not empty is
 * the only one tried: a wrong one is not rescued by a right one behind it. Authorization counts with the scheme
 * Bearer (RFC 6750 section 2.1, in any case) and is passed over with any other. See docs/listener.md.
 */
std::string_view FindPresentedToken(const TokenFields &fields);

}  // namespace lookout
