// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerStats.hxx"

#include <fmt/core.h>

#include <utility>

#include "base/JsonValue.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxRunningList = 64 * 1024 * 1024;
constexpr size_t kMaxRunningValues = 5'000'000;
constexpr size_t kMaxStats = 1024 * 1024;

Request MakeCall(std::string_view target, std::chrono::milliseconds limit) {
  Request request = MakeAgentRequest("GET", target);
  request.deadlines = Deadlines{limit, limit, {}};
  return request;
}

bool IsSuccess(const DockerCall::Outcome &outcome) {
  return outcome.reply && outcome.reply->status == 200;
}

}  // namespace

ContainerStats::ContainerStats(EventLoop &loop, RequestHandler &engine)
    : loop_(loop), engine_(engine), limit_(loop, [this] { EndRound(); }) {}

ContainerStats::~ContainerStats() = default;

std::unique_ptr<WaitingList::Waiter> ContainerStats::Refresh(std::function<void()> on_ready) {
  auto waiter = std::make_unique<WaitingList::Waiter>(waiting_, std::move(on_ready));
  if (!in_round_) BeginRound();
  return waiter;
}

bool ContainerStats::IsFresh() const {
  return !in_round_ && updated_at_ && loop_.Now() - *updated_at_ < kMaxAge;
}

void ContainerStats::BeginRound() {
  in_round_ = true;
  updated_at_ = loop_.Now();
  found_.clear();
  limit_.Arm(kRoundLimit);
  list_ = std::make_unique<DockerCall>(loop_, engine_, MakeCall("/containers/json", kCallLimit), kMaxRunningList,
                                       [this](const DockerCall::Outcome &outcome) { OnListed(outcome); });
}

void ContainerStats::OnListed(const DockerCall::Outcome &outcome) {
  if (!IsSuccess(outcome)) return EndRound();
  const auto list = ParseJson(outcome.reply->body, {.levels = 3, .max_values = kMaxRunningValues});
  if (list) {
    for (auto &container : ParseRunning(*list)) to_ask_.push_back(std::move(container));
  }
  AskMore();
}

void ContainerStats::AskMore() {
  while (!to_ask_.empty() && calls_.size() < kMaxCalls) {
    Ask(to_ask_.front());
    to_ask_.pop_front();
  }
  if (calls_.empty()) EndRound();
}

void ContainerStats::Ask(const ContainerUsage &container) {
  // one-shot: without it the engine takes a second sample, a second later, for a load that nobody needs here.
  const std::string target = fmt::format("/containers/{}/stats?stream=false&one-shot=true", container.id);
  calls_[container.id] = std::make_unique<DockerCall>(
      loop_, engine_, MakeCall(target, kCallLimit), kMaxStats,
      [this, container](const DockerCall::Outcome &outcome) { OnStats(container, outcome); });
}

void ContainerStats::OnStats(ContainerUsage container, const DockerCall::Outcome &outcome) {
  calls_.erase(container.id);
  if (IsSuccess(outcome)) {
    if (const auto stats = ParseJson(outcome.reply->body)) {
      ReadUsage(*stats, container);
      found_.push_back(std::move(container));
    }
  }
  AskMore();
}

void ContainerStats::EndRound() {
  limit_.Cancel();
  list_.reset();
  calls_.clear();
  to_ask_.clear();
  in_round_ = false;
  running_ = std::move(found_);
  found_.clear();
  waiting_.Release();
}

}  // namespace lookout
