// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace lookout {

/**
 * Appends `text` as a JSON string, quotes included. Valid UTF-8 goes through unchanged; a byte that is not
 * part of valid UTF-8 becomes U+FFFD, so that the result can always stand in a WebSocket text message.
 */
void AppendJsonString(std::string &out, std::string_view text);

/** The number of bytes AppendJsonString() would add, for checking a limit before building anything. */
size_t JsonStringSize(std::string_view text);

}  // namespace lookout
