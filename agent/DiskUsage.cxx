// SPDX-License-Identifier: Apache-2.0
#include "agent/DiskUsage.hxx"

#include <sys/statvfs.h>

#include <limits>
#include <utility>

#include "base/JsonValue.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxInfo = 4 * 1024 * 1024;

uint64_t ToBytes(uint64_t blocks, uint64_t block_size) {
  uint64_t bytes = 0;
  return __builtin_mul_overflow(blocks, block_size, &bytes) ? std::numeric_limits<uint64_t>::max() : bytes;
}

}  // namespace

DiskUsage::DiskUsage(EventLoop &loop, DockerEngine &engine, Measurement measurement)
    : loop_(loop), engine_(engine), measurement_(std::move(measurement)), worker_(loop, 1) {
  engine_.AddListener(*this);
}

DiskUsage::~DiskUsage() {
  engine_.RemoveListener(*this);
}

void DiskUsage::OnEngineChanged(bool up) {
  // An engine that was started again may have been told to keep its data elsewhere.
  if (up) AskForRoot();
}

const DiskUsage::Space &DiskUsage::Sample() {
  if (root_.empty()) {
    AskForRoot();
  } else {
    Measure();
  }
  return space_;
}

void DiskUsage::AskForRoot() {
  if (info_ || !engine_.IsUp()) return;
  info_ = std::make_unique<DockerCall>(loop_, engine_, MakeAgentRequest("GET", "/info"), kMaxInfo,
                                       [this](const DockerCall::Outcome &outcome) { OnInfo(outcome); });
}

void DiskUsage::OnInfo(const DockerCall::Outcome &outcome) {
  if (outcome.reply && outcome.reply->status == 200) {
    const auto info = ParseJson(outcome.reply->body, {.levels = 1});
    if (info && (*info)["DockerRootDir"].AsString().starts_with('/')) root_ = (*info)["DockerRootDir"].AsString();
  }
  info_.reset();
  if (!root_.empty()) Measure();
}

void DiskUsage::Measure() {
  if (task_) return;
  const auto result = std::make_shared<Space>();  // shared with the thread, which may outlive us
  task_ = worker_.Submit([measure = measurement_, path = root_, result] { *result = measure(path); },
                         [this, result] {
                           space_ = *result;
                           task_.reset();
                         });
}

DiskUsage::Space MeasureSpace(const std::string &path) {
  struct statvfs facts {};
  if (::statvfs(path.c_str(), &facts) != 0) return {};
  DiskUsage::Space space;
  space.total = ToBytes(facts.f_blocks, facts.f_frsize);
  space.free = ToBytes(facts.f_bavail, facts.f_frsize);
  space.used = space.total > space.free ? space.total - space.free : 0;
  return space;
}

}  // namespace lookout
