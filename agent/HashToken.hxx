// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lookout {

/**
 * `lookout hash-token`: reads one line from standard input, removes white space at both ends, and prints its hash for
 * TOKEN_HASH. On a terminal it asks for the line on standard error and does not show what is typed.
 *
 * Needs no configuration. Returns the exit code: EXIT_FAILURE when there is no token, or more than 64 KiB of it.
 */
int RunHashToken();

}  // namespace lookout
