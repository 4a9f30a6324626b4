// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "auth/Dialect.hxx"
#include "auth/Ed25519PrivateKey.hxx"
#include "auth/Ed25519PublicKey.hxx"
#include "auth/Sha256.hxx"

namespace lookout {

/**
 * The bytes that a signature covers: method, target (path, with the raw query if there is one), SHA-256 of the
 * body in hex, Unix seconds in decimal, nonce; joined by single line feeds, none at the end.
 */
std::string MakeSignedText(std::string_view method, std::string_view target, std::string_view body,
                           int64_t unix_seconds, std::string_view nonce);
/** The same for a body of which only the digest is at hand. */
std::string MakeSignedText(std::string_view method, std::string_view target, const Sha256Digest &body,
                           int64_t unix_seconds, std::string_view nonce);

/** Base64url without padding, 86 characters, of the signature of that text. */
std::string SignText(const Ed25519PrivateKey &key, std::string_view text);
/** False for a wrong signature and for one that is not exactly of that form. */
bool VerifyText(const Ed25519PublicKey &key, std::string_view text, std::string_view signature);

/** How a hello proves who sends it; the fields of the frame are pubKeyId, timestamp, nonce and signature. */
struct HelloSignature {
  std::string key_id;
  int64_t unix_seconds = 0;
  std::string nonce;
  std::string signature;
};

/** Signs one hello with a fresh nonce. */
HelloSignature SignHello(const Ed25519PrivateKey &key, const Dialect &dialect, int64_t unix_seconds);

/** Whether the key made this signature; time and nonce are the caller's to check (ReplayGuard). */
bool VerifyHello(const Ed25519PublicKey &key, const Dialect &dialect, const HelloSignature &hello);

}  // namespace lookout
