// SPDX-License-Identifier: Apache-2.0
#include "proxy/DeadlineWatch.hxx"

#include <fmt/core.h>

#include <algorithm>

namespace lookout {

namespace {

using std::chrono::milliseconds;

std::string Spoken(milliseconds limit) {
  if (limit.count() % 1000 == 0) return fmt::format("{} s", limit.count() / 1000);
  return fmt::format("{} ms", limit.count());
}

TimePoint After(TimePoint from, milliseconds limit) {
  return limit.count() > 0 ? from + limit : TimePoint::max();
}

}  // namespace

DeadlineWatch::DeadlineWatch(EventLoop &loop, const Deadlines &deadlines, std::function<void(std::string)> on_expired)
    : loop_(loop), deadlines_(deadlines), on_expired_(std::move(on_expired)), timer_(loop, [this] { OnTimer(); }) {}

void DeadlineWatch::Start() {
  running_ = true;
  const TimePoint now = loop_.Now();
  total_due_ = After(now, deadlines_.total);
  phase_due_ = After(now, deadlines_.connect);
  Arm(now);
}

void DeadlineWatch::OnConnected() {
  if (!answering_) phase_due_ = TimePoint::max();
}

void DeadlineWatch::OnActivity() {
  answering_ = true;
  const TimePoint now = running_ ? loop_.Now() : paused_at_;
  phase_due_ = After(now, deadlines_.idle);
  if (running_) Arm(now);
}

void DeadlineWatch::Pause() {
  if (!running_) return;
  running_ = false;
  paused_at_ = loop_.Now();
}

void DeadlineWatch::Continue() {
  if (running_) return;
  running_ = true;
  const TimePoint now = loop_.Now();
  for (TimePoint *const due : {&total_due_, &phase_due_}) {
    if (*due != TimePoint::max()) *due += now - paused_at_;
  }
  Arm(now);
}

void DeadlineWatch::Stop() {
  running_ = false;
  total_due_ = TimePoint::max();
  phase_due_ = TimePoint::max();
  timer_.Cancel();
}

void DeadlineWatch::Arm(TimePoint now) {
  const TimePoint due = std::min(total_due_, phase_due_);
  // One that is due too early looks again: it need not be set with every piece.
  if (due == TimePoint::max() || (timer_.IsArmed() && armed_for_ <= due)) return;
  armed_for_ = due;
  timer_.Arm(due - now);
}

void DeadlineWatch::OnTimer() {
  if (!running_) return;
  const TimePoint now = loop_.Now();
  if (std::min(total_due_, phase_due_) > now) return Arm(now);
  const std::string expired = Describe();
  Stop();
  // A copy: the callback may end us.
  const auto on_expired = on_expired_;
  on_expired(expired);
}

std::string DeadlineWatch::Describe() const {
  if (total_due_ <= phase_due_) return "no whole answer within " + Spoken(deadlines_.total);
  if (answering_) return "the answer began, and nothing more came for " + Spoken(deadlines_.idle);
  return "no connection within " + Spoken(deadlines_.connect);
}

}  // namespace lookout
