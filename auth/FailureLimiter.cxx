// SPDX-License-Identifier: Apache-2.0
#include "auth/FailureLimiter.hxx"

#include <algorithm>

namespace lookout {

IpAddress CountedAs(const IpAddress &client) {
  constexpr size_t kNetworkBits = 64;
  return client.IsIpv6() ? client.Masked(kNetworkBits) : client;
}

std::optional<std::chrono::seconds> FailureLimiter::Wait(const IpAddress &address) {
  Expire();
  const auto *window = FindWindow(CountedAs(address));
  if (window == nullptr || window->failures < limits_.failures) return std::nullopt;
  return std::chrono::ceil<std::chrono::seconds>(window->end - clock_.Now());
}

void FailureLimiter::RecordFailure(const IpAddress &address) {
  Expire();
  const auto key = CountedAs(address);
  auto *window = FindWindow(key);
  if (window == nullptr) window = &MakeWindow(key);
  // Bounded, since failures may still be recorded while the address is locked out.
  window->failures = std::min(window->failures + 1, limits_.failures);
}

void FailureLimiter::Expire() {
  const auto now = clock_.Now();
  for (; !by_age_.empty() && by_age_.front()->second.end <= now; by_age_.pop_front()) windows_.erase(by_age_.front());
  if (others_ && others_->end <= now) others_.reset();
}

FailureLimiter::Window *FailureLimiter::FindWindow(const IpAddress &key) {
  const auto found = windows_.find(key);
  if (found != windows_.end()) return &found->second;
  // As long as the shared window runs it holds for all that are not in the table, even when that has room again:
  // otherwise an address would get a second set of tries.
  return others_ ? &*others_ : nullptr;
}

FailureLimiter::Window &FailureLimiter::MakeWindow(const IpAddress &key) {
  const Window window{clock_.Now() + limits_.window, 0};
  if (windows_.size() >= limits_.capacity) return others_.emplace(window);
  const auto position = windows_.emplace(key, window).first;
  by_age_.push_back(position);
  return position->second;
}

}  // namespace lookout
