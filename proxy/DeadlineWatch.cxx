// SPDX-License-Identifier: Apache-2.0
#include "proxy/DeadlineWatch.hxx"

#include <fmt/core.h>

namespace lookout {

namespace {

using std::chrono::milliseconds;

std::string Spoken(milliseconds limit) {
  if (limit.count() % 1000 == 0) return fmt::format("{} s", limit.count() / 1000);
  return fmt::format("{} ms", limit.count());
}

}  // namespace

DeadlineWatch::DeadlineWatch(EventLoop &loop, const Deadlines &deadlines, std::function<void(std::string)> on_expired)
    : loop_(loop), deadlines_(deadlines), on_expired_(std::move(on_expired)), timer_(loop, [this] { OnTimer(); }) {}

void DeadlineWatch::Start() {
  Continue();
}

void DeadlineWatch::OnConnected() {
  if (connected_) return;
  Settle();
  connected_ = true;
  phase_used_ = {};
  Arm();
}

void DeadlineWatch::OnActivity() {
  Settle();
  connected_ = true;
  // The timer is not set again for every piece: OnTimer() finds that there was activity.
  const bool first = !answering_;
  answering_ = true;
  phase_used_ = {};
  if (first) Arm();
}

void DeadlineWatch::Pause() {
  Settle();
  running_ = false;
  timer_.Cancel();
}

void DeadlineWatch::Continue() {
  if (running_) return;
  running_ = true;
  since_ = loop_.Now();
  Arm();
}

void DeadlineWatch::Stop() {
  running_ = false;
  timer_.Cancel();
}

void DeadlineWatch::Settle() {
  if (!running_) return;
  const TimePoint now = loop_.Now();
  total_used_ += now - since_;
  phase_used_ += now - since_;
  since_ = now;
}

DeadlineWatch::Limit DeadlineWatch::Nearest() const {
  Limit nearest;
  const auto consider = [&nearest](milliseconds limit, Duration used, std::string_view what) {
    if (limit.count() > 0 && limit - used < nearest.left) nearest = {limit - used, limit, what};
  };
  consider(deadlines_.total, total_used_, "no whole answer within");
  if (!connected_) consider(deadlines_.connect, phase_used_, "no connection within");
  if (answering_) consider(deadlines_.idle, phase_used_, "the answer began, and nothing more came for");
  return nearest;
}

void DeadlineWatch::Arm() {
  if (!running_) return;
  const Limit limit = Nearest();
  if (limit.left == Duration::max()) {
    timer_.Cancel();
  } else {
    timer_.Arm(limit.left);
  }
}

void DeadlineWatch::OnTimer() {
  Settle();
  const Limit limit = Nearest();
  if (limit.left > Duration::zero()) {
    Arm();
    return;
  }
  running_ = false;
  // A copy: the callback may end us.
  const auto on_expired = on_expired_;
  on_expired(fmt::format("{} {}", limit.what, Spoken(limit.length)));
}

}  // namespace lookout
