// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace lookout {

/** A fresh 128-bit number, used once: 32 lower-case hexadecimal digits. */
std::string MakeNonce();

/** Whether the text has that form. */
bool IsNonce(std::string_view text);

}  // namespace lookout
