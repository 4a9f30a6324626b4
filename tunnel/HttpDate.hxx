// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace lookout {

/** Unix seconds of an HTTP date, "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 section 5.6.7; no obsolete form). */
std::optional<int64_t> ParseHttpDate(const std::string &text);

/**
 * Seconds to wait according to Retry-After: a number, or a date that counts from `now_unix`. A date in the past is 0;
 * nullopt for anything malformed.
 */
std::optional<int64_t> ParseRetryAfter(const std::string &text, int64_t now_unix);

}  // namespace lookout
