// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/HelloVerifier.hxx"

#include <algorithm>
#include <cstdlib>

namespace lookout::devhub {

namespace {

bool IsLowerHex(const std::string &text, size_t size) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  return text.size() == size && std::all_of(text.begin(), text.end(), is_hex);
}

}  // namespace

HelloResult<Hello> HelloVerifier::Verify(std::string_view message, const Dialect &dialect) {
  auto hello = ParseHello(message, dialect);
  if (!hello) return hello;
  if (!IsLowerHex(hello->key_id, 16) || !keys_.Has(hello->key_id)) {
    return Reject("unknown-key", "no authorized key has the id " + hello->key_id);
  }
  if (auto fresh = CheckFreshness(*hello); !fresh) return tl::unexpected(fresh.error());
  const SignedHello text = {dialect.socket_path, hello->timestamp, hello->nonce};
  if (!keys_.Verify(hello->key_id, text, hello->signature)) {
    return Reject("bad-signature", "the signature does not fit the key");
  }
  if (auto rate = CheckRate(hello->key_id); !rate) return tl::unexpected(rate.error());
  return hello;
}

HelloResult<void> HelloVerifier::CheckFreshness(const Hello &hello) {
  const int64_t now = clock_.UnixSeconds();
  if (std::llabs(now - hello.timestamp) > kMaxSkewSeconds) {
    return Reject("timestamp-skew", "the clocks differ by more than 60 s");
  }
  if (!IsLowerHex(hello.nonce, 32)) return Reject("bad-nonce", "nonce must be 32 lower-case hex digits");
  std::erase_if(nonces_, [&](const auto &seen) { return seen.second + kNonceSeconds < now; });
  if (nonces_.size() >= kMaxNonces) return Reject("replay", "too many nonces");
  if (!nonces_.emplace(hello.nonce, now).second) return Reject("replay", "this nonce has been used");
  return {};
}

HelloResult<void> HelloVerifier::CheckRate(const std::string &key_id) {
  const int64_t now = clock_.UnixSeconds();
  auto &times = hellos_[key_id];
  while (!times.empty() && times.front() + 60 <= now) times.pop_front();
  if (times.size() >= hellos_per_minute_) return Reject("rate-limited", "too many hellos within a minute");
  times.push_back(now);
  return {};
}

}  // namespace lookout::devhub
