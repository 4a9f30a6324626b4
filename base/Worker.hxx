// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "base/EventLoop.hxx"

namespace lookout {

/** Keeps the result of one piece of work wanted; when it is destroyed, the result is dropped. */
class WorkerTask {
 public:
  virtual ~WorkerTask() = default;
};

/**
 * Runs what must block (name look-up, statfs, password hashing) on threads of its own and reports back on the
 * loop through an eventfd. The only way from another thread to the loop.
 *
 * Destruction never waits for work that hangs: threads are detached and keep what they need alive.
 */
class Worker {
 public:
  /** Threads start with the first piece of work, at most `threads` of them. */
  Worker(EventLoop &loop, unsigned threads);
  ~Worker();
  Worker(const Worker &) = delete;
  Worker &operator=(const Worker &) = delete;

  /**
   * Runs `work` on a thread and then `done` on the loop, unless the returned task is gone by then; work that has not
   * begun is not begun any more. Call it on the loop. `work` must not touch anything of the loop's and must not
   * throw; what it captures lives until it has run, whoever is gone. When the system has no thread for it, it waits for
   * one that is there, and where there is none, another start is tried each second. The queue is as long as there are
   * tasks alive, so the limit on it is the caller's.
   */
  [[nodiscard]] std::unique_ptr<WorkerTask> Submit(std::function<void()> work, std::function<void()> done);

 private:
  struct Job;
  struct Shared;
  class Handle;

  void OnReady();
  void StartThread();
  void RetryStart();
  static void RunThread(const std::shared_ptr<Shared> &shared);

  const unsigned max_threads_;
  unsigned threads_ = 0;
  std::shared_ptr<Shared> shared_;  // shared with the threads, which may outlive us
  FdEvent event_;
  Timer retry_;
};

}  // namespace lookout
