// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * What waits to be sent on one connection. Control frames (pong, ready, small replies) go first; behind them
 * every stream has a lane of its own, and lanes take turns frame by frame, so that no stream starves another.
 * A lane whose budget is used up tells its producer to wait, and later that there is room again: frames are
 * never dropped, and memory is bounded by the producers' obedience.
 *
 * All bytes are counted against one limit for the connection, those that tasks hold for replies still being
 * collected included (Reserve). Streams wait at three quarters of it, so that they never leave replies without room;
 * a lane that holds nothing moves all the same, so that replies never leave streams without.
 */
class OutboundQueue {
 public:
  class Lane;

  /** `on_work` is called when something is waiting where nothing was. */
  OutboundQueue(EventLoop &loop, size_t max_bytes, std::function<void()> on_work);
  ~OutboundQueue();
  OutboundQueue(const OutboundQueue &) = delete;
  OutboundQueue &operator=(const OutboundQueue &) = delete;

  void PushControl(std::string frame);
  std::optional<std::string> Pop();

  bool IsEmpty() const { return control_.empty() && active_.empty(); }
  size_t ControlBytes() const { return control_bytes_; }
  /**
   * The peer asks and asks but does not take the answers: control frames, or what finished work has left behind,
   * pile up. Nothing more should be read from it until IsCalm().
   */
  bool IsFlooded() const;
  bool IsCalm() const;
  /** Everything that waits or is reserved. */
  size_t TotalBytes() const { return total_bytes_; }
  /** How often a producer was told to wait, and how many wait now. */
  uint64_t Waits() const { return waits_; }
  size_t Waiting() const;
  bool HasRoomFor(size_t bytes) const { return bytes <= max_bytes_ && total_bytes_ <= max_bytes_ - bytes; }
  /** Counts bytes that a task is about to hold; false, and nothing counted, when that would pass the limit. */
  bool Reserve(size_t bytes);
  void Release(size_t bytes);

 private:
  struct LaneState;

  void Activate(const std::shared_ptr<LaneState> &lane);
  bool HasRoom(const LaneState &lane) const;
  void WakeWaiting();
  void SignalWork();

  const size_t max_bytes_;
  const size_t stream_limit_;
  std::function<void()> on_work_;
  std::deque<std::string> control_;
  size_t control_bytes_ = 0;
  size_t total_bytes_ = 0;
  uint64_t waits_ = 0;
  size_t orphaned_bytes_ = 0;                     // in lanes that are gone
  std::list<std::shared_ptr<LaneState>> active_;  // with frames, the next one to send in front
  std::list<std::weak_ptr<LaneState>> waiting_;   // whose producers were told to wait
  Deferred wake_;
};

/** One ordered stream of frames. What it holds when it is destroyed is still sent. */
class OutboundQueue::Lane {
 public:
  /** `on_room` is called from the loop after a Push() has returned Flow::Wait. */
  Lane(OutboundQueue &queue, size_t budget, std::function<void()> on_room);
  ~Lane();
  Lane(const Lane &) = delete;
  Lane &operator=(const Lane &) = delete;

  /** Takes the frame, always. */
  Flow Push(std::string frame);
  bool IsEmpty() const;
  /** Forgets what has not been sent. */
  void Clear();

 private:
  OutboundQueue &queue_;
  std::shared_ptr<LaneState> state_;  // shared with the queue, which outlives the lane
};

}  // namespace lookout
