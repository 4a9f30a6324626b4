// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <string>
#include <string_view>

#include "base/Clock.hxx"
#include "tests/devhub/Hello.hxx"
#include "tests/devhub/KeyRing.hxx"

namespace lookout::devhub {

/**
 * Decides whether a hello is genuine, in the controller's order: form (ParseHello), unknown-key,
 * timestamp-skew, bad-nonce, replay, bad-signature, rate-limited.
 */
class HelloVerifier {
 public:
  HelloVerifier(const Clock &clock, const KeyRing &keys, size_t hellos_per_minute)
      : clock_(clock), keys_(keys), hellos_per_minute_(hellos_per_minute) {}

  HelloResult<Hello> Verify(std::string_view message, const Dialect &dialect);

 private:
  static constexpr int64_t kMaxSkewSeconds = 60;
  static constexpr int64_t kNonceSeconds = 120;
  static constexpr size_t kMaxNonces = 10'000;

  HelloResult<void> CheckFreshness(const Hello &hello);
  HelloResult<void> CheckRate(const std::string &key_id);

  const Clock &clock_;
  const KeyRing &keys_;
  const size_t hellos_per_minute_;
  std::map<std::string, int64_t> nonces_;  // -> when seen, Unix seconds
  std::map<std::string, std::deque<int64_t>> hellos_;
};

}  // namespace lookout::devhub
