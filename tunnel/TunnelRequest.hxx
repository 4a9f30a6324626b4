// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "tunnel/Frame.hxx"
#include "tunnel/TunnelTask.hxx"

namespace lookout {

/**
 * Turns a `request` frame into the request that the Dispatcher sees (docs/protocol.md, "Requests"): four
 * headers pass, a body is JSON, and an endless `stats` is asked for one sample, which is all that one
 * response can hold.
 */
Request ToRequest(const TaskContext &context, RequestFrame frame);

/** Starts the task for it: a StreamRequest or a PlainRequest. */
std::unique_ptr<TunnelTask> MakeTunnelRequest(const TaskContext &context, RequestFrame frame, bool streams);

}  // namespace lookout
