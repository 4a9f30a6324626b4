// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "auth/Ed25519PublicKey.hxx"
#include "auth/Secret.hxx"
#include "base/Result.hxx"

namespace lookout {

/** An Ed25519 private key: it signs, and it never leaves its locked memory except as the text of ToPem(). */
class Ed25519PrivateKey {
 public:
  static constexpr size_t kSeedSize = 32;

  /** A new random key. */
  static Ed25519PrivateKey Generate();
  /** From the 32-byte seed of RFC 8032; throws std::runtime_error on another size. */
  static Ed25519PrivateKey FromSeed(const Secret &seed);

  const Ed25519PublicKey &PublicKey() const { return public_key_; }
  /** The 64 bytes of the signature; the same message always gives the same bytes. */
  std::string Sign(std::string_view message) const;
  /** PKCS#8 as a PEM block "PRIVATE KEY" with a line feed at its end. */
  Secret ToPem() const;

 private:
  Ed25519PrivateKey(Secret expanded, Ed25519PublicKey public_key)
      : expanded_(std::move(expanded)), public_key_(std::move(public_key)) {}

  Secret expanded_;  // seed and public key, as libsodium wants them
  Ed25519PublicKey public_key_;
};

/**
 * Reads a key from PEM text: the first PEM block anywhere in it, which must be "PRIVATE KEY" (PKCS#8, not
 * encrypted) and hold an Ed25519 key. Text around the block is ignored, so the whole output of `keygen` is a key
 * file. The error says what was found and how to make a proper key.
 */
Result<Ed25519PrivateKey> ParsePrivateKey(std::string_view pem);

/** The same from a file, which must pass the rules of ReadCredentialFile(); errors name the file. */
Result<Ed25519PrivateKey> LoadPrivateKey(const std::string &path);

}  // namespace lookout
