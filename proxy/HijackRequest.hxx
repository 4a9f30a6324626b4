// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/Result.hxx"
#include "proxy/HttpHead.hxx"

namespace lookout {

/**
 * The bytes of an upgrade request's head, blank line included: hop-by-hop fields, Host and Content-Length of the
 * asker are replaced by ours. `body_length` unset: the body goes out in chunks. Refused: anything that would not
 * read as one head with exactly these parts.
 */
Result<std::string> MakeUpgradeHead(const RequestHead &head, std::optional<uint64_t> body_length);

}  // namespace lookout
