// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace lookout {

/** The version of this build, "0.1.0". */
std::string_view ProductVersion();

}  // namespace lookout
