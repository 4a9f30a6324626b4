// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace lookout {

/** Resident memory of this process. */
size_t ResidentBytes();
/** Open descriptors of this process. */
size_t OpenFdCount();

}  // namespace lookout
