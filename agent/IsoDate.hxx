// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lookout {

/**
 * The text itself when it is an ISO 8601 date and time; "" otherwise, and for the year 1, with which Docker says
 * "never". The controller drops a container whose date it cannot read.
 */
std::string UsableDate(std::string_view text);

/** "2026-01-31T23:59:59Z" (RFC 3339, UTC). */
std::string FormatIsoTime(int64_t unix_seconds);

}  // namespace lookout
