// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/EventLoop.hxx"

namespace lookout {

/** Runs a shell command while the loop goes on, and returns what it printed; both streams, and its exit status last. */
std::string RunProgram(EventLoop &loop, const std::string &command);

}  // namespace lookout
