// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>

#include "base/EventLoop.hxx"

namespace lookout {

/** Runs the loop until `done` holds; false when that takes longer than `limit` of real time. */
bool RunUntil(EventLoop &loop, const std::function<bool()> &done,
              std::chrono::milliseconds limit = std::chrono::seconds(10));

/** Runs the loop for this long, real time, so that what must not happen has a chance to. */
void RunFor(EventLoop &loop, std::chrono::milliseconds duration);

}  // namespace lookout
