// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

#include "auth/PhcString.hxx"
#include "auth/Secret.hxx"
#include "auth/Sha256.hxx"

namespace lookout {

/** Stands for a token in tables: HMAC-SHA256 under a random key of this process. Equal tokens have equal ones. */
using TokenFingerprint = Sha256Digest;

/**
 * The bookkeeping around VerifyTokenHash(), which the owner runs on a worker thread. Once a token has been verified,
 * IsVerified() answers for it at once. Every other token must be derived, each time: the memory can only speed up the
 * right token, and a wrong one costs its sender the full time whether or not the right one has been seen.
 */
class TokenHashVerifier {
 public:
  explicit TokenHashVerifier(PhcString expected);

  /** For VerifyTokenHash(); copy it for the worker. */
  const PhcString &Expected() const { return expected_; }

  TokenFingerprint FingerprintOf(std::string_view token) const;
  /** In constant time. */
  bool IsVerified(const TokenFingerprint &fingerprint) const;
  /** Call it when VerifyTokenHash() said yes to the token with this fingerprint. */
  void Remember(const TokenFingerprint &fingerprint) { verified_ = fingerprint; }

 private:
  const PhcString expected_;
  Secret key_;
  std::optional<TokenFingerprint> verified_;  // one is enough: only one token fits
};

}  // namespace lookout
