// SPDX-License-Identifier: Apache-2.0
#include "auth/ReplayGuard.hxx"

namespace lookout {

namespace {

std::string NameOf(std::string_view key_id, std::string_view nonce) {
  return std::string(key_id) + ' ' + std::string(nonce);
}

}  // namespace

ReplayGuard::Verdict ReplayGuard::Admit(std::string_view key_id, std::string_view nonce) {
  Expire();
  auto name = NameOf(key_id, nonce);
  if (seen_.contains(name)) return Verdict::Replayed;
  if (seen_.size() >= capacity_) return Verdict::Full;
  const auto position = seen_.insert(std::move(name)).first;
  by_age_.push_back({clock_.Now() + lifetime_, &*position});
  return Verdict::Fresh;
}

bool ReplayGuard::HasSeen(std::string_view key_id, std::string_view nonce) {
  Expire();
  return seen_.contains(NameOf(key_id, nonce));
}

void ReplayGuard::Expire() {
  const auto now = clock_.Now();
  for (; !by_age_.empty() && by_age_.front().expiry <= now; by_age_.pop_front()) {
    seen_.erase(seen_.find(*by_age_.front().name));
  }
}

}  // namespace lookout
