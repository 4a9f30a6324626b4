// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"
#include "tunnel/OutboundQueue.hxx"

namespace lookout {

class TunnelTask;

/** Owns tasks, and destroys one some time after it has said that it is finished. */
class TaskOwner {
 public:
  virtual ~TaskOwner() = default;
  virtual void OnTaskFinished(TunnelTask &task) = 0;
};

/** What every task of one connection works with; all of it outlives the tasks. */
struct TaskContext {
  EventLoop &loop;
  RequestHandler &handler;
  OutboundQueue &queue;
  TaskOwner &owner;
  Origin origin;
  /** The controller accepted `bodyBase64` (protocol: replies that are not text). */
  bool base64_bodies = false;
};

/**
 * One piece of work the controller asked for. It belongs to one connection and dies with it: destruction
 * cancels everything below it and sends nothing.
 */
class TunnelTask {
 public:
  virtual ~TunnelTask() = default;
  /** Ends the work and puts the frame that says so on the queue; the task is finished then. */
  virtual void Abort(std::string_view reason) = 0;
};

}  // namespace lookout
