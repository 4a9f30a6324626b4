// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>

#include "base/LwsContext.hxx"

namespace lookout {

/** Runs both loops until `done` holds; false when that takes longer than `limit` of real time. */
bool RunUntil(LwsContext &context, const std::function<bool()> &done,
              std::chrono::milliseconds limit = std::chrono::seconds(10));

/** Runs both loops for this long, real time, so that what must not happen has a chance to. */
void RunFor(LwsContext &context, std::chrono::milliseconds duration);

}  // namespace lookout
