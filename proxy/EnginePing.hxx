// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/EventLoop.hxx"
#include "base/WaitingList.hxx"
#include "proxy/DockerCall.hxx"

namespace lookout {

/** Whether the engine answers a ping within kLimit. It is asked at most every kMaxAge, however many want to know. */
class EnginePing {
 public:
  static constexpr std::chrono::seconds kMaxAge{1};
  static constexpr std::chrono::seconds kLimit{2};

  EnginePing(EventLoop &loop, RequestHandler &engine) : loop_(loop), engine_(engine) {}

  /** The last answer, while it is not too old. */
  std::optional<bool> Known() const;
  /** `on_known` is called from the loop when there is an answer, in Known(). */
  std::unique_ptr<WaitingList::Waiter> Ask(std::function<void()> on_known);

 private:
  void OnDone(const DockerCall::Outcome &outcome);

  EventLoop &loop_;
  RequestHandler &engine_;
  bool answers_ = false;
  std::optional<TimePoint> known_at_;
  WaitingList waiting_;
  std::unique_ptr<DockerCall> call_;
};

}  // namespace lookout
