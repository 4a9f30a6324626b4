// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "auth/PhcString.hxx"

namespace lookout {

/**
 * Derives a tag from the token and compares it in constant time. It takes the memory and the time that `expected`
 * asks for (tens of milliseconds up to seconds), so it belongs on a worker thread; it touches nothing but its
 * arguments, so any number may run at a time. libsodium does not tell memory that could not be had from a wrong token:
 * both are false.
 */
bool VerifyTokenHash(const PhcString &expected, std::string_view token);

/** A new hash with a random salt: 19 MiB, 2 passes, 1 lane, 16 and 32 bytes. Throws std::runtime_error without memory.
 */
PhcString MakeTokenHash(std::string_view token);

}  // namespace lookout
