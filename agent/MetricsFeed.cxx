// SPDX-License-Identifier: Apache-2.0
#include "agent/MetricsFeed.hxx"

namespace lookout {

namespace {

constexpr std::chrono::seconds kMetricsPatience{10};

}  // namespace

MetricsFeed::MetricsFeed(EventLoop &loop, HostCollector &host, Duration interval)
    : host_(host), interval_(interval), timer_(loop, [this] { Send(); }) {}

void MetricsFeed::OnSessionReady(FrameSender &sender, const Welcome &) {
  sender_ = &sender;
  first_sent_ = false;
  blocked_ = false;
  host_.SampleDisk();
  timer_.Arm(kMetricsPatience);
}

void MetricsFeed::OnContainersSynced() {
  // Sent from the loop: the feed that calls may not have finished its own announcement.
  if (sender_ != nullptr && !first_sent_) timer_.Arm(Duration::zero());
}

void MetricsFeed::OnSessionEnded() {
  sender_ = nullptr;
  timer_.Cancel();
}

void MetricsFeed::Send() {
  if (sender_ == nullptr) return;
  first_sent_ = true;
  timer_.Arm(interval_);
  // Figures that could not be sent are worth nothing later.
  if (!blocked_) blocked_ = sender_->SendFrame("metrics", FormatHostFigures(host_, cpu_)) == Flow::Wait;
}

}  // namespace lookout
