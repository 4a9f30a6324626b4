// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "base/UniqueFd.hxx"

namespace lookout {

/**
 * The listening sockets that whoever started this process has opened for it, in their order; none when there are no
 * such sockets. This is the protocol of sd_listen_fds(3): LISTEN_PID is our process, LISTEN_FDS the number of
 * descriptors from 3 on. Both leave the environment, and the descriptors are not inherited by programs we start.
 * To be called once, before anything else opens descriptors. Throws, saying which, when one cannot be accepted on.
 */
std::vector<UniqueFd> TakeActivatedSockets();

}  // namespace lookout
