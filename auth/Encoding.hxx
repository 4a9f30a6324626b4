// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lookout {

/** Lower-case hexadecimal SHA-256 of the bytes. */
std::string Sha256Hex(std::string_view bytes);

/**
 * Base64 for keys, tokens and signatures, in constant time (bulk data goes through base/Base64). Standard means
 * RFC 4648 section 4 with padding, StandardUnpadded the same without, Url section 5 without.
 */
enum class KeyEncoding { Standard, StandardUnpadded, Url };
std::string EncodeKey(std::string_view bytes, KeyEncoding encoding);

/** Exactly `size` bytes or nothing: no blanks, no missing or extra padding, no loose bits at the end. */
std::optional<std::string> DecodeKey(std::string_view text, KeyEncoding encoding, size_t size);

}  // namespace lookout
