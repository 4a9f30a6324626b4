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

/**
 * The same JSON text with <, >, & and the line separators U+2028 and U+2029 as \u escapes: harmless inside a page or
 * a script, and byte for byte what Go's encoder writes.
 */
std::string EscapeJsonMarkup(std::string_view json);

}  // namespace lookout
