// SPDX-License-Identifier: Apache-2.0
#include "auth/RequestSignature.hxx"

#include <algorithm>
#include <optional>

#include "auth/Encoding.hxx"
#include "auth/SignedTarget.hxx"
#include "auth/SignedText.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

using std::chrono::ceil;
using std::chrono::floor;
using std::chrono::milliseconds;
using std::chrono::seconds;

tl::unexpected<SignatureFault> Refuse(SignatureFault fault) {
  return tl::unexpected<SignatureFault>(fault);
}

/** 32 hexadecimal digits in either case; they are signed and remembered as they are. */
bool IsRequestNonce(std::string_view text) {
  return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
         });
}

/** Decimal with an optional sign; it is signed as the number that it is, not as it was written. */
std::optional<int64_t> ParseTimestamp(std::string_view text) {
  if (text.starts_with("+-")) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  return ParseInt(text);
}

std::optional<SignatureVersion> ParseVersion(std::string_view text) {
  if (text.empty()) return SignatureVersion::Path;
  if (text == "2") return SignatureVersion::Target;
  return std::nullopt;
}

}  // namespace

std::string_view ReasonOf(SignatureFault fault) {
  switch (fault) {
    case SignatureFault::Invalid: return "invalid-signature";
    case SignatureFault::TimestampSkew: return "timestamp-skew";
    case SignatureFault::Replay: return "replay";
    case SignatureFault::UnknownKey: return "unknown-key";
    case SignatureFault::GuardFull:
    case SignatureFault::Forgotten: break;
  }
  return {};
}

tl::expected<PendingSignature, SignatureFault> RequestSignatureVerifier::CheckHead(const AuthorizedKeys &keys,
                                                                                   const SignatureFields &fields,
                                                                                   std::string_view method,
                                                                                   std::string_view target) {
  const bool is_complete = !fields.key_id.empty() && !fields.timestamp.empty() && !fields.signature.empty();
  if (!is_complete || !IsRequestNonce(fields.nonce)) return Refuse(SignatureFault::Invalid);
  if (keys.Find(fields.key_id) == nullptr) return Refuse(SignatureFault::UnknownKey);
  const auto unix_seconds = ParseTimestamp(fields.timestamp);
  if (!unix_seconds || !IsWithinSkew(*unix_seconds)) return Refuse(SignatureFault::TimestampSkew);
  if (guard_.HasSeen(fields.key_id, fields.nonce)) return Refuse(SignatureFault::Replay);
  auto signature = DecodeKey(fields.signature, KeyEncoding::Url, Ed25519PublicKey::kSignatureSize);
  const auto version = ParseVersion(fields.version);
  if (!signature || !version) return Refuse(SignatureFault::Invalid);
  auto signed_target = MakeSignedTarget(*version, target);
  if (!signed_target) return Refuse(SignatureFault::Invalid);
  if (guard_.HasForgotten(fields.key_id, *unix_seconds)) return Refuse(SignatureFault::Forgotten);
  const auto offset = seconds(*unix_seconds) - milliseconds(clock_.UnixMillis());
  return PendingSignature{std::string(fields.key_id),
                          std::string(method),
                          *std::move(signed_target),
                          *unix_seconds,
                          std::string(fields.nonce),
                          *std::move(signature),
                          offset};
}

tl::expected<void, SignatureFault> RequestSignatureVerifier::CheckBody(const AuthorizedKeys &keys,
                                                                       const PendingSignature &pending,
                                                                       const Sha256Digest &body) {
  const auto *key = keys.Find(pending.key_id);
  if (key == nullptr) return Refuse(SignatureFault::UnknownKey);
  const auto text = MakeSignedText(pending.method, pending.signed_target, body, pending.unix_seconds, pending.nonce);
  if (!key->key.Verify(text, pending.signature)) return Refuse(SignatureFault::Invalid);
  switch (guard_.Admit(pending.key_id, pending.nonce, pending.unix_seconds)) {
    case ReplayGuard::Verdict::Fresh: return {};
    case ReplayGuard::Verdict::Replayed: return Refuse(SignatureFault::Replay);
    case ReplayGuard::Verdict::Forgotten: return Refuse(SignatureFault::Forgotten);
    case ReplayGuard::Verdict::Full: break;
  }
  return Refuse(SignatureFault::GuardFull);
}

/** Compares whole seconds with bounds computed from our own time, so that no time of theirs can overflow. */
bool RequestSignatureVerifier::IsWithinSkew(int64_t unix_seconds) const {
  const milliseconds now(clock_.UnixMillis());
  return unix_seconds >= ceil<seconds>(now - skew_).count() && unix_seconds <= floor<seconds>(now + skew_).count();
}

}  // namespace lookout
