// SPDX-License-Identifier: Apache-2.0
#include "base/EventLoop.hxx"

#include <poll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace lookout {

namespace {

[[noreturn]] void ThrowErrno(const char *what) {
  throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

EventLoop::EventLoop(const Clock &clock)
    : clock_(clock),
      epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      timer_fd_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  if (!epoll_.IsOpen()) ThrowErrno("cannot create the event loop (epoll_create1)");
  if (!timer_fd_.IsOpen()) ThrowErrno("cannot create the event loop (timerfd_create)");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (::epoll_ctl(epoll_.Get(), EPOLL_CTL_ADD, timer_fd_.Get(), &event) < 0) ThrowErrno("epoll_ctl(timerfd)");
}

EventLoop::~EventLoop() = default;

void EventLoop::Dispatch() {
  const int count = ::epoll_wait(epoll_.Get(), batch_.data(), static_cast<int>(batch_.size()), 0);
  ready_ = std::span(batch_).first(count > 0 ? static_cast<size_t>(count) : 0);
  for (auto &event : ready_) {
    // Null for the timerfd, and for a watch that an earlier callback of this batch has ended.
    auto *const target = static_cast<FdEvent *>(event.data.ptr);
    if (target != nullptr) target->on_ready_(event.events);
  }
  ready_ = {};
  RunDueTimers();
}

void EventLoop::RunDueTimers() {
  const TimePoint now = Now();
  while (!timers_.empty() && timers_.begin()->first <= now) {
    Timer &timer = *timers_.begin()->second;
    timers_.erase(timers_.begin());
    timer.armed_ = false;
    timer.on_due_();
  }
  if (armed_ <= now) {
    uint64_t expirations = 0;
    [[maybe_unused]] const auto n = ::read(timer_fd_.Get(), &expirations, sizeof expirations);
    armed_ = TimePoint::max();
  }
  ArmTimerFd();
}

void EventLoop::ArmTimerFd() {
  if (timers_.empty() || timers_.begin()->first >= armed_) return;
  armed_ = timers_.begin()->first;
  const auto wait = std::max<Duration>(armed_ - Now(), std::chrono::nanoseconds(1));
  const auto seconds = std::chrono::floor<std::chrono::seconds>(wait);
  itimerspec spec{};
  spec.it_value.tv_sec = seconds.count();
  spec.it_value.tv_nsec = std::chrono::nanoseconds(wait - seconds).count();
  ::timerfd_settime(timer_fd_.Get(), 0, &spec, nullptr);
}

void EventLoop::RunDeferred() {
  while (!deferred_.empty()) {
    Deferred &next = *deferred_.front();
    deferred_.pop_front();
    next.scheduled_ = false;
    next.on_run_();
  }
}

void EventLoop::Run() {
  while (!stopped_) RunOnce(std::chrono::hours(1));
}

void EventLoop::RunOnce(Duration limit) {
  RunDeferred();
  if (stopped_) return;
  pollfd poll{epoll_.Get(), POLLIN, 0};
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  ::poll(&poll, 1, static_cast<int>(millis));
  Dispatch();
  RunDeferred();
}

void EventLoop::Forget(const FdEvent &event) {
  for (auto &entry : ready_) {
    if (entry.data.ptr == &event) entry.data.ptr = nullptr;
  }
}

void FdEvent::Watch(int fd, uint32_t events) {
  if (fd_ == fd && events_ == events) return;
  if (fd_ >= 0 && fd_ != fd) Stop();
  epoll_event event{};
  event.events = events;
  event.data.ptr = this;
  // A descriptor number may have been closed and reused behind our back, so either operation can be the wrong one.
  const int first = fd_ == fd ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
  const int second = fd_ == fd ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
  if (::epoll_ctl(loop_.Fd(), first, fd, &event) < 0 && ::epoll_ctl(loop_.Fd(), second, fd, &event) < 0) {
    ThrowErrno("cannot watch a descriptor (epoll_ctl)");
  }
  fd_ = fd;
  events_ = events;
}

void FdEvent::Stop() {
  if (fd_ < 0) return;
  ::epoll_ctl(loop_.Fd(), EPOLL_CTL_DEL, fd_, nullptr);
  fd_ = -1;
  events_ = 0;
  loop_.Forget(*this);
}

void Timer::Arm(Duration delay) {
  Cancel();
  position_ = loop_.timers_.emplace(loop_.Now() + delay, this);
  armed_ = true;
  loop_.ArmTimerFd();
}

void Timer::Cancel() {
  if (!armed_) return;
  loop_.timers_.erase(position_);
  armed_ = false;
}

void Deferred::Schedule() {
  if (scheduled_) return;
  position_ = loop_.deferred_.insert(loop_.deferred_.end(), this);
  scheduled_ = true;
}

void Deferred::Cancel() {
  if (!scheduled_) return;
  loop_.deferred_.erase(position_);
  scheduled_ = false;
}

}  // namespace lookout
