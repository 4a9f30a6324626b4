// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/Result.hxx"

namespace lookout {

/** Whether the process may start programs, which then live under the same filter. */
enum class Programs { None, Some };

/**
 * From now on, for every thread of this process and all that it starts: the system calls of a list only (seccomp(2)
 * through libseccomp). Others fail with EPERM. With Programs::None, neither fork nor exec is among them. Needs
 * no_new_privs. The error says why nothing is filtered.
 */
Result<void> RestrictSyscalls(Programs programs);

}  // namespace lookout
