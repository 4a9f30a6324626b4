// SPDX-License-Identifier: Apache-2.0
#include "agent/DiskUsage.hxx"

#include <sys/statvfs.h>

#include "base/JsonValue.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxInfo = 4 * 1024 * 1024;

}  // namespace

DiskUsage::DiskUsage(EventLoop &loop, DockerEngine &engine) : loop_(loop), engine_(engine), worker_(loop, 1) {}

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
    if (info) root_ = (*info)["DockerRootDir"].AsString();
  }
  info_.reset();
  if (!root_.empty()) Measure();
}

void DiskUsage::Measure() {
  if (task_) return;
  const auto result = std::make_shared<Space>();  // shared with the thread, which may outlive us
  task_ = worker_.Submit([path = root_, result] { *result = MeasureSpace(path); },
                         [this, result] {
                           space_ = *result;
                           task_.reset();
                         });
}

DiskUsage::Space MeasureSpace(const std::string &path) {
  struct statvfs facts {};
  if (::statvfs(path.c_str(), &facts) != 0) return {};
  DiskUsage::Space space;
  space.total = uint64_t{facts.f_blocks} * facts.f_frsize;
  space.free = uint64_t{facts.f_bavail} * facts.f_frsize;
  space.used = space.total > space.free ? space.total - space.free : 0;
  return space;
}

}  // namespace lookout
