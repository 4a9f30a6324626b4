// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "auth/AuthorizedKeys.hxx"
#include "auth/ReplayGuard.hxx"
#include "auth/Sha256.hxx"

namespace lookout {

/** The fields of a signed request, named behind X-Portwing- or X-Lookout-; the first line of each, "" when absent. */
struct SignatureFields {
  std::string_view key_id;     // Key-ID
  std::string_view timestamp;  // Timestamp
  std::string_view nonce;      // Nonce
  std::string_view signature;  // Signature; when it is there, the request is signed and nothing else counts
  std::string_view version;    // Signature-Version
};

/** Why a signature does not count. */
enum class SignatureFault {
  Invalid,
  TimestampSkew,
  Replay,
  UnknownKey,
  /** Not the client's fault: no more nonces can be remembered, so none may be accepted. Try again later (503). */
  GuardFull,
  /** Nor is this: whether it is a replay cannot be known, since nonces of its time are forgotten. Sign anew (503). */
  Forgotten,
};

/** What the reason header says; "" for those that are not the client's fault. */
std::string_view ReasonOf(SignatureFault fault);

/** A signature whose fields passed: what is left to check is whether it fits, once the body is known. */
struct PendingSignature {
  std::string key_id;
  std::string method;
  std::string signed_target;
  int64_t unix_seconds = 0;
  std::string nonce;
  std::string signature;  // raw bytes
  /** How far the client's clock seems ahead of ours (behind when negative). */
  std::chrono::milliseconds clock_offset{0};
};

/**
 * Verifies signed requests (docs/listener.md) in two steps, so that a body is read only for a client that may well be
 * a rightful one: CheckHead() needs nothing but the fields and is cheap, CheckBody() needs the digest of the whole
 * body. A request counts as verified, and its nonce as used, when the second has succeeded.
 *
 * An unknown key id is refused at once and by name: the answer tells it, so there is no use in hiding the time.
 */
class RequestSignatureVerifier {
 public:
  /** `skew`: how far the time of a request may be off in either direction; the same as the guard's. */
  RequestSignatureVerifier(const Clock &clock, std::chrono::seconds skew, ReplayGuard &guard)
      : clock_(clock), skew_(skew), guard_(guard) {}

  /**
   * `target`: as received. In this order: form, key, time, nonce, signature's form, version and target, and whether
   * nonces of its time are forgotten.
   */
  tl::expected<PendingSignature, SignatureFault> CheckHead(const AuthorizedKeys &keys, const SignatureFields &fields,
                                                           std::string_view method, std::string_view target);

  /** `keys`: those of now, so that a key that was removed meanwhile does not count. */
  tl::expected<void, SignatureFault> CheckBody(const AuthorizedKeys &keys, const PendingSignature &pending,
                                               const Sha256Digest &body);

 private:
  bool IsWithinSkew(int64_t unix_seconds) const;

  const Clock &clock_;
  const std::chrono::seconds skew_;
  ReplayGuard &guard_;
};

}  // namespace lookout
