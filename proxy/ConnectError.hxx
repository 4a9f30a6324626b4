// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace lookout {

/** For the user: why the engine's socket could not be connected to, and what to do. `error` is errno or 0. */
std::string DescribeConnectError(int error);

}  // namespace lookout
