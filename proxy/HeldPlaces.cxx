// SPDX-License-Identifier: Apache-2.0
#include "proxy/HeldPlaces.hxx"

#include "auth/FailureLimiter.hxx"

namespace lookout {

std::optional<HeldPlaces::Place> HeldPlaces::TryTake(const IpAddress &client) {
  const auto key = CountedAs(client);
  const auto found = taken_by_.find(key);
  const unsigned own = found == taken_by_.end() ? 0 : found->second;
  const unsigned most_own = client.IsNone() ? most_ : most_ / 2;
  if (taken_ >= most_ || own >= most_own) return std::nullopt;
  ++taken_;
  taken_by_.insert_or_assign(key, own + 1);
  return Place(*this, key);
}

void HeldPlaces::Free(const IpAddress &key) {
  --taken_;
  const auto found = taken_by_.find(key);
  if (--found->second == 0) taken_by_.erase(found);
}

}  // namespace lookout
