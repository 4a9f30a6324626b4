// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lookout {

/**
 * Standard base64 with padding (RFC 4648 section 4), strict when decoding. For bulk data in frames: it is
 * fast and not constant-time, so keys, tokens and signatures go through auth/ instead.
 */
constexpr size_t Base64EncodedSize(size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

/** Encodes into `out`, which holds at least Base64EncodedSize(bytes.size()) chars; returns how many were written. */
size_t Base64Encode(std::string_view bytes, std::span<char> out);
std::string Base64Encode(std::string_view bytes);

/** nullopt for a foreign character, wrong padding, or non-zero bits behind the last byte. */
std::optional<std::string> Base64Decode(std::string_view text);

}  // namespace lookout
