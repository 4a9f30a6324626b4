// SPDX-License-Identifier: Apache-2.0
#include "auth/ReplayGuard.hxx"

namespace lookout {

namespace {

std::string NameOf(std::string_view key_id, std::string_view nonce) {
  return std::string(key_id) + ' ' + std::string(nonce);
}

std::string_view KeyOfName(std::string_view name) {
  return name.substr(0, name.find(' '));
}

void Raise(ReplayGuard::Times &times, std::string_view key_id, int64_t unix_seconds) {
  const auto found = times.find(key_id);
  if (found == times.end()) {
    times.emplace(key_id, unix_seconds);
  } else {
    found->second = std::max(found->second, unix_seconds);
  }
}

}  // namespace

ReplayGuard::Verdict ReplayGuard::Admit(std::string_view key_id, std::string_view nonce, int64_t unix_seconds) {
  Expire();
  auto name = NameOf(key_id, nonce);
  if (seen_.contains(name)) return Verdict::Replayed;
  if (HasForgotten(key_id, unix_seconds)) return Verdict::Forgotten;
  if (seen_.size() >= capacity_) return Verdict::Full;
  const auto position = seen_.insert(std::move(name)).first;
  by_age_.push_back({clock_.Now() + lifetime_, unix_seconds, &*position});
  Raise(latest_, key_id, unix_seconds);
  if (unix_seconds > newest_) {
    newest_ = unix_seconds;
    if (on_newer_) on_newer_();
  }
  return Verdict::Fresh;
}

bool ReplayGuard::HasSeen(std::string_view key_id, std::string_view nonce) {
  Expire();
  return seen_.contains(NameOf(key_id, nonce));
}

bool ReplayGuard::HasForgotten(std::string_view key_id, int64_t unix_seconds) {
  Expire();
  for (const auto key : {key_id, kEveryKey}) {
    const auto found = forgotten_.find(key);
    if (found != forgotten_.end() && unix_seconds <= found->second) return true;
  }
  return false;
}

void ReplayGuard::Forget(const std::string &key_id, int64_t unix_seconds) {
  Raise(forgotten_, key_id, unix_seconds);
  Raise(latest_, key_id, unix_seconds);
  newest_ = std::max(newest_, unix_seconds);
}

void ReplayGuard::Expire() {
  const auto now = clock_.Now();
  for (; !by_age_.empty() && by_age_.front().expiry <= now; by_age_.pop_front()) {
    const auto &entry = by_age_.front();
    Raise(forgotten_, KeyOfName(*entry.name), entry.unix_seconds);
    seen_.erase(seen_.find(*entry.name));
  }
}

}  // namespace lookout
