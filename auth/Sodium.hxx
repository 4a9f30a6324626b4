// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace lookout {

/** Sets libsodium up, once per process. Every function of auth/ that uses it calls this; others need not. */
void RequireSodium();

}  // namespace lookout
