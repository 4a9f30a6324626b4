// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "agent/Inventory.hxx"
#include "base/EventLoop.hxx"
#include "proxy/PatternRoutes.hxx"

namespace lookout {

/**
 * Answers with all containers as a JSON array. Until they are known for the first time the answer waits, at most 10 s,
 * and is a 503 then: an empty list would say that there are none.
 */
std::unique_ptr<Exchange> MakeContainersExchange(EventLoop &loop, Inventory &inventory, const RouteCall &call);

/** "[...]", every container as the inventory keeps it, by id. */
std::string ListContainers(const Inventory &inventory);

/** 200 with this JSON, markup escaped and an LF at its end, as the reference agent writes it. */
std::unique_ptr<Exchange> MakeJsonExchange(EventLoop &loop, ResponseSink &sink, std::string_view json,
                                           int status = 200);

}  // namespace lookout
