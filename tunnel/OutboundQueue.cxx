// SPDX-License-Identifier: Apache-2.0
#include "tunnel/OutboundQueue.hxx"

#include <algorithm>
#include <cassert>
#include <utility>

#include "tunnel/Limits.hxx"

namespace lookout {

struct OutboundQueue::LaneState {
  size_t budget = 0;
  std::function<void()> on_room;  // empty once the producer has gone
  std::deque<std::string> frames;
  size_t bytes = 0;
  bool waiting = false;
  bool orphaned = false;
};

OutboundQueue::OutboundQueue(EventLoop &loop, size_t max_bytes, std::function<void()> on_work)
    : max_bytes_(max_bytes),
      stream_limit_(max_bytes - max_bytes / 4),
      on_work_(std::move(on_work)),
      wake_(loop, [this] { WakeWaiting(); }) {}

OutboundQueue::~OutboundQueue() = default;

void OutboundQueue::SignalWork() {
  if (on_work_) on_work_();
}

void OutboundQueue::PushControl(std::string frame) {
  control_bytes_ += frame.size();
  total_bytes_ += frame.size();
  control_.push_back(std::move(frame));
  SignalWork();
}

std::optional<std::string> OutboundQueue::Pop() {
  std::optional<std::string> frame;
  if (!control_.empty()) {
    frame = std::move(control_.front());
    control_.pop_front();
    control_bytes_ -= frame->size();
  } else if (!active_.empty()) {
    const auto lane = active_.front();
    frame = std::move(lane->frames.front());
    lane->frames.pop_front();
    lane->bytes -= frame->size();
    if (lane->orphaned) orphaned_bytes_ -= frame->size();
    if (lane->frames.empty()) {
      active_.pop_front();
    } else {
      active_.splice(active_.end(), active_, active_.begin());
    }
  }
  if (frame) Release(frame->size());
  return frame;
}

bool OutboundQueue::IsFlooded() const {
  return control_bytes_ >= limits::kMaxControlBytes || orphaned_bytes_ >= 2 * max_bytes_;
}

bool OutboundQueue::IsCalm() const {
  return control_bytes_ < limits::kMaxControlBytes / 2 && orphaned_bytes_ < max_bytes_;
}

size_t OutboundQueue::Waiting() const {
  return static_cast<size_t>(std::count_if(waiting_.begin(), waiting_.end(), [](const auto &entry) {
    const auto lane = entry.lock();
    return lane && lane->on_room;
  }));
}

bool OutboundQueue::Reserve(size_t bytes) {
  if (!HasRoomFor(bytes)) return false;
  total_bytes_ += bytes;
  return true;
}

void OutboundQueue::Release(size_t bytes) {
  assert(bytes <= total_bytes_);
  total_bytes_ -= bytes;
  if (!waiting_.empty()) wake_.Schedule();
}

void OutboundQueue::Activate(const std::shared_ptr<LaneState> &lane) {
  active_.push_back(lane);
}

bool OutboundQueue::HasRoom(const LaneState &lane) const {
  // Half the budget, so that a producer is not woken for every single frame.
  return lane.bytes <= lane.budget / 2 && (total_bytes_ < stream_limit_ || lane.frames.empty());
}

void OutboundQueue::WakeWaiting() {
  // Taken over first: a producer may push, and wait again, from inside its callback.
  auto waiting = std::exchange(waiting_, {});
  for (auto &entry : waiting) {
    const auto lane = entry.lock();
    if (!lane || !lane->on_room) continue;
    if (!HasRoom(*lane)) {
      waiting_.push_back(std::move(entry));
      continue;
    }
    lane->waiting = false;
    lane->on_room();
  }
}

OutboundQueue::Lane::Lane(OutboundQueue &queue, size_t budget, std::function<void()> on_room)
    : queue_(queue), state_(std::make_shared<LaneState>()) {
  state_->budget = budget;
  state_->on_room = std::move(on_room);
}

OutboundQueue::Lane::~Lane() {
  state_->on_room = nullptr;
  state_->orphaned = true;
  queue_.orphaned_bytes_ += state_->bytes;
}

Flow OutboundQueue::Lane::Push(std::string frame) {
  const bool idle = state_->frames.empty();
  state_->bytes += frame.size();
  queue_.total_bytes_ += frame.size();
  // Producers that are told to wait do so: at most a message comes on top of the budget.
  assert(state_->bytes <= state_->budget + limits::kMaxOutbound);
  state_->frames.push_back(std::move(frame));
  if (idle) queue_.Activate(state_);
  queue_.SignalWork();
  if (state_->bytes < state_->budget && queue_.total_bytes_ < queue_.stream_limit_) return Flow::Go;
  if (!state_->waiting) {
    state_->waiting = true;
    ++queue_.waits_;
    queue_.waiting_.push_back(state_);
  }
  return Flow::Wait;
}

bool OutboundQueue::Lane::IsEmpty() const {
  return state_->frames.empty();
}

void OutboundQueue::Lane::Clear() {
  if (state_->frames.empty()) return;
  queue_.active_.remove(state_);
  queue_.Release(state_->bytes);
  state_->frames.clear();
  state_->bytes = 0;
}

}  // namespace lookout
