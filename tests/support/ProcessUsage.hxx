// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace lookout {

/** Resident memory of this process; says nothing about leaks where a sanitizer keeps freed memory back. */
size_t ResidentBytes();
/** False under a sanitizer. */
bool IsMemoryMeasurable();
/** Open descriptors of this process. */
size_t OpenFdCount();

}  // namespace lookout
