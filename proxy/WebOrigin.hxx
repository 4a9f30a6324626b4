// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "proxy/HttpHead.hxx"

namespace lookout {

/** "host:3000" or "[::1]:3000" -> "host", "[::1]". */
std::string_view WithoutPort(std::string_view authority);

/** Does this Origin ("https://host:3000") name the host that the request was sent to, or this machine? */
bool IsOwnOrigin(std::string_view origin, std::string_view host);

/**
 * Whether a page of another web site has a browser send this request: by its Origin (RFC 6454), which browsers send
 * with all requests that change something, and other clients do not.
 */
bool IsFromOtherSite(const HeaderList &headers);

}  // namespace lookout
