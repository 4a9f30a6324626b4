// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/epoll.h>

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <span>
#include <thread>
#include <vector>

#include "base/Clock.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

class FdEvent;
class Timer;
class Deferred;

/**
 * The one loop: descriptors, timers and deferred calls, all on one thread.
 *
 * It is an epoll set of its own, so that it can run alone (tests, tools) or nested in the libwebsockets loop
 * (LwsContext): Fd() becomes readable when Dispatch() has something to do. Nothing here is thread-safe;
 * other threads reach the loop through Worker only. It outlives every FdEvent, Timer and Deferred on it. Builds with
 * assertions check that everything happens on the thread that made the loop, and that nothing is left on it at its end.
 */
class EventLoop {
 public:
  explicit EventLoop(const Clock &clock);
  ~EventLoop();
  EventLoop(const EventLoop &) = delete;
  EventLoop &operator=(const EventLoop &) = delete;

  const Clock &GetClock() const { return clock_; }
  TimePoint Now() const { return clock_.Now(); }

  /** The epoll descriptor, for nesting in another loop. */
  int Fd() const { return epoll_.Get(); }
  /** Runs what is ready and due now, without waiting; not from a callback. Deferred calls wait for RunDeferred(). */
  void Dispatch();
  /** Runs deferred calls until there are none; one that always schedules another would stop the loop. */
  void RunDeferred();

  /** Runs alone until Stop(). */
  void Run();
  /** Waits at most `limit` for something to do and does it once; for tests and tools. */
  void RunOnce(Duration limit);
  void Stop() { stopped_ = true; }
  bool IsStopped() const { return stopped_; }

 private:
  friend class FdEvent;
  friend class Timer;
  friend class Deferred;
  using TimerMap = std::multimap<TimePoint, Timer *>;

  void AssertOwnThread() const;
  void DispatchOne(epoll_event event);
  void RunDueTimers();
  void ArmTimerFd();
  void OnTimerFd();
  /** Throws std::system_error. */
  void AddWatch(FdEvent &event, int fd, uint32_t events);
  /** False, too, once the number belongs to another FdEvent. */
  bool IsWatchedBy(const FdEvent &event, int fd) const;
  void RemoveWatch(const FdEvent &event, int fd);
  /** What the running batch still holds for this number was about an earlier watch. */
  void ForgetReady(int fd);

  const Clock &clock_;
  const std::thread::id thread_ = std::this_thread::get_id();
  UniqueFd epoll_;
  UniqueFd timer_fd_;
  // By descriptor: epoll can go on reporting a descriptor that was closed while a duplicate of it lives, so that a
  // pointer kept in epoll itself could outlast what it points to.
  std::vector<FdEvent *> watches_;
  TimerMap timers_;
  std::vector<Timer *> due_;  // found due by the pass that is running; null when cancelled or re-armed since
  TimePoint armed_ = TimePoint::max();
  std::deque<Deferred *> deferred_;  // null when cancelled
  std::array<epoll_event, 64> batch_{};
  std::span<epoll_event> ready_;
  bool stopped_ = false;
};

/** Watches one descriptor. A member of the object it calls; its destructor ends the watch. */
class FdEvent {
 public:
  /** `on_ready` gets the EPOLL* bits. It may destroy the FdEvent. */
  FdEvent(EventLoop &loop, std::function<void(uint32_t)> on_ready) : loop_(loop), on_ready_(std::move(on_ready)) {}
  ~FdEvent() { Stop(); }
  FdEvent(const FdEvent &) = delete;
  FdEvent &operator=(const FdEvent &) = delete;

  /**
   * Starts or changes the watch; `events` 0 reports errors and hang-ups only. The descriptor stays the caller's. Cheap
   * when nothing changes: before the same number can mean another file, the watch must have been stopped.
   * Throws std::system_error for what epoll cannot watch, such as a regular file.
   */
  void Watch(int fd, uint32_t events);
  /**
   * Harmless when nothing is watched, and when the descriptor has been closed (or even used again) before.
   * Close only after it where a duplicate of the descriptor may live on: epoll goes on reporting that one.
   */
  void Stop();
  bool IsWatching() const { return fd_ >= 0; }

 private:
  friend class EventLoop;
  EventLoop &loop_;
  std::function<void(uint32_t)> on_ready_;
  int fd_ = -1;
  uint32_t events_ = 0;
};

/** Calls back once after a delay; its destructor cancels. The callback may re-arm or destroy it. */
class Timer {
 public:
  Timer(EventLoop &loop, std::function<void()> on_due) : loop_(loop), on_due_(std::move(on_due)) {}
  ~Timer() { Cancel(); }
  Timer(const Timer &) = delete;
  Timer &operator=(const Timer &) = delete;

  /**
   * Replaces an earlier setting. A delay of zero or less is due in the next Dispatch(), not in the one that is
   * running. Delays over ten years are taken as ten years.
   */
  void Arm(Duration delay);
  void Cancel();
  bool IsArmed() const { return armed_; }

 private:
  friend class EventLoop;
  EventLoop &loop_;
  std::function<void()> on_due_;
  EventLoop::TimerMap::iterator position_;  // while armed
  EventLoop::TimerMap::node_type node_;     // kept for the next time
  bool armed_ = false;
};

/** Calls back soon, outside the current call stack; its destructor cancels. */
class Deferred {
 public:
  Deferred(EventLoop &loop, std::function<void()> on_run) : loop_(loop), on_run_(std::move(on_run)) {}
  ~Deferred() { Cancel(); }
  Deferred(const Deferred &) = delete;
  Deferred &operator=(const Deferred &) = delete;

  /** No effect when already scheduled. */
  void Schedule();
  void Cancel();
  bool IsScheduled() const { return scheduled_; }

 private:
  friend class EventLoop;
  EventLoop &loop_;
  std::function<void()> on_run_;
  bool scheduled_ = false;
};

}  // namespace lookout
