// SPDX-License-Identifier: Apache-2.0
#include "proxy/EnginePing.hxx"

namespace lookout {

namespace {

/** "OK" and then some. */
constexpr size_t kMaxPingBody = 4096;

}  // namespace

std::optional<bool> EnginePing::Known() const {
  if (!known_at_ || loop_.Now() - *known_at_ >= kMaxAge) return std::nullopt;
  return answers_;
}

std::unique_ptr<WaitingList::Waiter> EnginePing::Ask(std::function<void()> on_known) {
  auto waiter = std::make_unique<WaitingList::Waiter>(waiting_, std::move(on_known));
  if (call_) return waiter;
  Request request = MakeAgentRequest("GET", "/_ping");
  request.deadlines = Deadlines{kLimit, kLimit, {}};
  call_ = std::make_unique<DockerCall>(loop_, engine_, std::move(request), kMaxPingBody,
                                       [this](const DockerCall::Outcome &outcome) { OnDone(outcome); });
  return waiter;
}

void EnginePing::OnDone(const DockerCall::Outcome &outcome) {
  answers_ = outcome.reply && outcome.reply->status / 100 == 2;
  known_at_ = loop_.Now();
  call_.reset();
  waiting_.Release();
}

}  // namespace lookout
