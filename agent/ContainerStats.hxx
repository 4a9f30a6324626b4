// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/ContainerUsage.hxx"
#include "base/EventLoop.hxx"
#include "base/WaitingList.hxx"
#include "proxy/DockerCall.hxx"

namespace lookout {

/**
 * What the running containers use, by the engine's own figures. Asking is dear: one call for each container. So there
 * is at most one round of questions every kMaxAge, whoever asks however often, with kMaxCalls under way at a time; it
 * ends after kRoundLimit with what is there. A container that does not answer in time is left out of that round.
 */
class ContainerStats {
 public:
  static constexpr std::chrono::seconds kMaxAge{10};
  static constexpr size_t kMaxCalls = 8;
  static constexpr std::chrono::seconds kCallLimit{4};
  /** Below the 10 s that Prometheus waits. */
  static constexpr std::chrono::seconds kRoundLimit{8};

  ContainerStats(EventLoop &loop, RequestHandler &engine);
  ~ContainerStats();
  ContainerStats(const ContainerStats &) = delete;
  ContainerStats &operator=(const ContainerStats &) = delete;

  /** Nothing newer is to be had now. */
  bool IsFresh() const;
  const std::vector<ContainerUsage> &Running() const { return running_; }

  /** `on_ready` is called from the loop when the next round is over, which begins now if none is under way. */
  std::unique_ptr<WaitingList::Waiter> Refresh(std::function<void()> on_ready);

 private:
  void BeginRound();
  void OnListed(const DockerCall::Outcome &outcome);
  void AskMore();
  void Ask(const ContainerUsage &container);
  void OnStats(ContainerUsage container, const DockerCall::Outcome &outcome);
  void EndRound();

  EventLoop &loop_;
  RequestHandler &engine_;
  std::vector<ContainerUsage> running_;  // of the last round
  std::optional<TimePoint> updated_at_;  // when that round began
  bool in_round_ = false;
  std::deque<ContainerUsage> to_ask_;
  std::vector<ContainerUsage> found_;
  std::unique_ptr<DockerCall> list_;
  std::map<std::string, std::unique_ptr<DockerCall>> calls_;  // by container id
  Timer limit_;
  WaitingList waiting_;
};

}  // namespace lookout
