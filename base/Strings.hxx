// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lookout {

/** Removes ASCII white space (blank, tab, CR, LF, VT, FF) at both ends. */
std::string_view Trim(std::string_view text);

/** The parts between separators, trimmed, empty ones left out. */
std::vector<std::string_view> SplitList(std::string_view text, char separator = ',');

/** ASCII only; other bytes are left as they are. */
std::string ToLower(std::string_view text);
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

/** ASCII only. */
constexpr bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/** The whole text as a decimal integer: optional minus, digits, nothing else; nullopt also when out of range. */
std::optional<int64_t> ParseInt(std::string_view text);

/** Lower-case hexadecimal. */
inline constexpr std::string_view kHexDigits = "0123456789abcdef";
std::string ToHex(std::string_view bytes);

/** Replaces every %XX of a URL part; nullopt when an escape is malformed. */
std::optional<std::string> PercentDecode(std::string_view text);
/** Escapes everything but RFC 3986 unreserved characters. */
std::string PercentEncode(std::string_view text);

/**
 * A text for one log line or error message: control characters (of lines and of writing direction, too), quotes,
 * backslashes and bytes that are not UTF-8 escaped as in C, the source cut at `limit` bytes and "..." put behind it.
 * The result is valid UTF-8.
 */
std::string Printable(std::string_view text, size_t limit = 256);
/** The same with quotes as they are, for text that is not going to stand between quotes. */
std::string PrintableUnquoted(std::string_view text, size_t limit);

}  // namespace lookout
