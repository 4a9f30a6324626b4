// SPDX-License-Identifier: Apache-2.0
#include "agent/MetricsFeed.hxx"

#include "base/JsonWriter.hxx"

namespace lookout {

namespace {

constexpr std::chrono::seconds kPatience{10};

}  // namespace

MetricsFeed::MetricsFeed(EventLoop &loop, DockerEngine &engine, MetricsSettings settings)
    : settings_(std::move(settings)), host_(settings_.host_proc), timer_(loop, [this] { Send(); }) {
  if (!settings_.skip_disk) disk_.emplace(loop, engine, MeasureSpace);
}

void MetricsFeed::OnSessionReady(FrameSender &sender, const Welcome &) {
  sender_ = &sender;
  first_sent_ = false;
  blocked_ = false;
  if (disk_) disk_->Sample();
  timer_.Arm(kPatience);
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
  timer_.Arm(settings_.interval);
  // Figures that could not be sent are worth nothing later.
  if (!blocked_) blocked_ = sender_->SendFrame("metrics", MakeFrameData()) == Flow::Wait;
}

std::string MetricsFeed::MakeFrameData() {
  const MemoryUsage memory = host_.Memory();
  const NetworkUsage network = host_.Network();
  const DiskUsage::Space space = disk_ ? disk_->Sample() : DiskUsage::Space();
  JsonWriter json;
  json.BeginObject();
  json.Key("cpuUsage").Double(cpu_.Sample(host_.Cpu()));
  json.Key("cpuCores").Uint(CpuCores());
  json.Key("memoryTotal").Uint(memory.total);
  json.Key("memoryUsed").Uint(memory.used);
  json.Key("memoryFree").Uint(memory.free);
  json.Key("diskTotal").Uint(space.total);
  json.Key("diskUsed").Uint(space.used);
  json.Key("diskFree").Uint(space.free);
  json.Key("networkRxBytes").Uint(network.received);
  json.Key("networkTxBytes").Uint(network.sent);
  json.Key("uptime").Uint(host_.Uptime());
  return json.End().Take();
}

}  // namespace lookout
