// SPDX-License-Identifier: Apache-2.0
#include "base/EventLoop.hxx"

#include <poll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace lookout {

namespace {

constexpr Duration kLongestWait = std::chrono::hours(1);
/** Keeps the sum with the present time far from the end of the clock's range. */
constexpr Duration kLongestDelay = std::chrono::hours(24 * 3650);

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
  event.data.fd = timer_fd_.Get();
  if (::epoll_ctl(epoll_.Get(), EPOLL_CTL_ADD, timer_fd_.Get(), &event) < 0) ThrowErrno("epoll_ctl(timerfd)");
}

EventLoop::~EventLoop() {
  assert(timers_.empty());
  assert(std::all_of(deferred_.begin(), deferred_.end(), [](const Deferred *call) { return call == nullptr; }));
  assert(std::all_of(watches_.begin(), watches_.end(), [](const FdEvent *watch) { return watch == nullptr; }));
}

void EventLoop::AssertOwnThread() const {
  assert(std::this_thread::get_id() == thread_);
}

void EventLoop::Dispatch() {
  AssertOwnThread();
  const int count = ::epoll_wait(epoll_.Get(), batch_.data(), static_cast<int>(batch_.size()), 0);
  ready_ = std::span(batch_).first(count > 0 ? static_cast<size_t>(count) : 0);
  for (const auto &event : ready_) DispatchOne(event);
  ready_ = {};
  RunDueTimers();
}

void EventLoop::DispatchOne(epoll_event event) {
  if (event.data.fd == timer_fd_.Get()) return OnTimerFd();
  const auto at = static_cast<size_t>(event.data.fd);
  if (event.data.fd < 0 || at >= watches_.size() || watches_[at] == nullptr) return;
  // A copy, since the callback may destroy the FdEvent and its own captures with it.
  const auto on_ready = watches_[at]->on_ready_;
  on_ready(event.events);
}

void EventLoop::OnTimerFd() {
  uint64_t expirations = 0;
  [[maybe_unused]] const auto n = ::read(timer_fd_.Get(), &expirations, sizeof expirations);
  armed_ = TimePoint::max();
}

void EventLoop::RunDueTimers() {
  const TimePoint now = Now();
  for (auto at = timers_.begin(); at != timers_.end() && at->first <= now; ++at) due_.push_back(at->second);
  // By index, since a callback may destroy any timer and so change an entry behind.
  for (size_t i = 0; i < due_.size(); ++i) {
    Timer *const timer = due_[i];
    if (timer == nullptr) continue;
    timer->Cancel();
    const auto on_due = timer->on_due_;
    on_due();
  }
  due_.clear();
  // An injected clock can pass a setting before the kernel does.
  if (armed_ <= now) armed_ = TimePoint::max();
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
    Deferred *const next = deferred_.front();
    deferred_.pop_front();
    if (next == nullptr) continue;
    next->scheduled_ = false;
    const auto on_run = next->on_run_;
    on_run();
  }
}

void EventLoop::Run() {
  while (!stopped_) RunOnce(kLongestWait);
}

void EventLoop::RunOnce(Duration limit) {
  RunDeferred();
  if (stopped_) return;
  pollfd poll{epoll_.Get(), POLLIN, 0};
  const auto wait = std::clamp<Duration>(limit, Duration::zero(), kLongestWait);
  ::poll(&poll, 1, static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(wait).count()));
  Dispatch();
  RunDeferred();
}

void EventLoop::AddWatch(FdEvent &event, int fd, uint32_t events) {
  AssertOwnThread();
  const auto at = static_cast<size_t>(fd);
  if (at >= watches_.size()) watches_.resize(at + 1);
  epoll_event setting{};
  setting.events = events;
  setting.data.fd = fd;
  // A descriptor number may have been closed and used again behind our back, so either operation can be the wrong one.
  if (::epoll_ctl(epoll_.Get(), EPOLL_CTL_MOD, fd, &setting) < 0 &&
      ::epoll_ctl(epoll_.Get(), EPOLL_CTL_ADD, fd, &setting) < 0) {
    ThrowErrno("cannot watch a descriptor (epoll_ctl)");
  }
  if (watches_[at] != &event) ForgetReady(fd);
  watches_[at] = &event;
}

bool EventLoop::IsWatchedBy(const FdEvent &event, int fd) const {
  return watches_[static_cast<size_t>(fd)] == &event;
}

void EventLoop::RemoveWatch(const FdEvent &event, int fd) {
  if (!IsWatchedBy(event, fd)) return;
  watches_[static_cast<size_t>(fd)] = nullptr;
  ::epoll_ctl(epoll_.Get(), EPOLL_CTL_DEL, fd, nullptr);
}

void EventLoop::ForgetReady(int fd) {
  for (auto &entry : ready_) {
    if (entry.data.fd == fd) entry.data.fd = -1;
  }
}

void FdEvent::Watch(int fd, uint32_t events) {
  if (fd_ == fd && events_ == events && loop_.IsWatchedBy(*this, fd)) return;
  if (fd_ != fd) Stop();
  loop_.AddWatch(*this, fd, events);
  fd_ = fd;
  events_ = events;
}

void FdEvent::Stop() {
  if (fd_ < 0) return;
  loop_.RemoveWatch(*this, fd_);
  fd_ = -1;
}

void Timer::Arm(Duration delay) {
  loop_.AssertOwnThread();
  Cancel();
  const TimePoint due = loop_.Now() + std::min<Duration>(delay, kLongestDelay);
  if (node_.empty()) {
    position_ = loop_.timers_.emplace(due, this);
  } else {
    node_.key() = due;
    position_ = loop_.timers_.insert(std::move(node_));
  }
  armed_ = true;
  loop_.ArmTimerFd();
}

void Timer::Cancel() {
  if (!armed_) return;
  node_ = loop_.timers_.extract(position_);
  std::replace(loop_.due_.begin(), loop_.due_.end(), this, static_cast<Timer *>(nullptr));
  armed_ = false;
}

void Deferred::Schedule() {
  loop_.AssertOwnThread();
  if (scheduled_) return;
  loop_.deferred_.push_back(this);
  scheduled_ = true;
}

void Deferred::Cancel() {
  if (!scheduled_) return;
  std::replace(loop_.deferred_.begin(), loop_.deferred_.end(), this, static_cast<Deferred *>(nullptr));
  scheduled_ = false;
}

}  // namespace lookout
