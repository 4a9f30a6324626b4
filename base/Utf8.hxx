// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace lookout {

/**
 * The length of the longest prefix that is valid UTF-8 (RFC 3629: no overlong forms, no surrogates, at most
 * U+10FFFF). Equal to the size when all of it is valid.
 */
size_t ValidUtf8Prefix(std::string_view text);

inline bool IsValidUtf8(std::string_view text) {
  return ValidUtf8Prefix(text) == text.size();
}

/** The length of the first character, 1 to 4; 0 when `text` is empty or does not begin with a valid one. */
size_t Utf8Length(std::string_view text);

/**
 * How many bytes at the end of `text` are the beginning of a character that is not complete yet (0 to 3). A
 * stream is cut there, and the bytes are put in front of the next piece.
 */
size_t IncompleteUtf8Tail(std::string_view text);

/** A copy in which every byte that is not part of valid UTF-8 has become U+FFFD. */
std::string ReplaceInvalidUtf8(std::string_view text);

}  // namespace lookout
