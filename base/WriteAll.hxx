// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace lookout {

/** Writes all of `bytes`, however many calls that takes, to a descriptor that blocks; 0, or errno. */
int WriteAll(int fd, std::string_view bytes);

}  // namespace lookout
