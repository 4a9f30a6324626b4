// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/EventLoop.hxx"

struct lws_context;

namespace lookout {

/**
 * The libwebsockets context, which owns the process's wait. Our EventLoop is nested in it as one raw
 * descriptor (libwebsockets in Debian has no other way to share a loop), so both kinds of events arrive on one
 * thread. Users make their own vhosts on Get().
 *
 * The context ignores SIGPIPE for the process. One per process.
 */
class LwsContext {
 public:
  /**
   * Throws when libwebsockets cannot be set up. `loop` must outlive this. `max_descriptors` may live in libwebsockets,
   * of which an agent has few; without a limit it allocates a table for all that the process may open.
   */
  explicit LwsContext(EventLoop &loop, unsigned max_descriptors = 512);
  ~LwsContext();
  LwsContext(const LwsContext &) = delete;
  LwsContext &operator=(const LwsContext &) = delete;

  lws_context *Get() const { return context_; }
  EventLoop &Loop() const { return loop_; }

  /** Runs both loops until EventLoop::Stop(). */
  void Run();
  /** Waits for something to do and does it once. */
  void RunOnce();

 private:
  EventLoop &loop_;
  lws_context *context_;
};

}  // namespace lookout
