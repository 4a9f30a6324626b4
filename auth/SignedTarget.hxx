// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lookout {

/** How a signature names the target of its request: X-Portwing-Signature-Version. See docs/listener.md. */
enum class SignatureVersion {
  /** The decoded path alone. For old clients; requests with a query cannot be signed with it. */
  Path = 1,
  /** The path as it was written, and the query. */
  Target = 2,
};

/**
 * What the signed text holds in its second line for a request target as it was received (a scheme and a host before
 * the path are left out). nullopt when that version cannot sign such a target, or the target is malformed.
 *
 * Version Target: the path byte by byte as it stands, or, when it has a byte that no path may have, decoded and encoded
 * again; then '?' and the raw query, if there is a '?'. An empty path is "/".
 *
 * Version Path: the decoded path. It must not hold '?', '%' or control characters, for then it would read like the text
 * of version Target, and a signature of one request would fit another.
 */
std::optional<std::string> MakeSignedTarget(SignatureVersion version, std::string_view target);

}  // namespace lookout
