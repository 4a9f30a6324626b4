// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace lookout {

/** Whole-text match where '*' stands for any run and '?' for any one byte; ASCII case does not matter. */
bool MatchesGlob(std::string_view pattern, std::string_view text);

}  // namespace lookout
