// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "agent/Inventory.hxx"
#include "base/EventLoop.hxx"
#include "proxy/PatternRoutes.hxx"

namespace lookout {

/**
 * Removes a container, running or not, and answers 204; the inventory forgets it before the answer goes out. The
 * container is the call's only argument. Refusals of the engine: see KeepStatus() in agent/LogAnswer.
 */
std::unique_ptr<Exchange> MakeRemovalExchange(EventLoop &loop, RequestHandler &docker, Inventory &inventory,
                                              const RouteCall &call);

}  // namespace lookout
