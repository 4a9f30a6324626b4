// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lookout {

/**
 * Takes the code that has run so far out of the process's memory, where it counts as resident: half of it ran only to
 * start. The kernel keeps it cached, and brings back what is used again, a few microseconds for each 64 KiB.
 * A debugger's breakpoints are in copies of such pages, and are lost here.
 */
void UnmapUsedCode();

}  // namespace lookout
