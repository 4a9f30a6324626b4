// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/Result.hxx"

namespace lookout {

/** An Ed25519 public key (RFC 8032, the plain scheme) and the name it goes by. */
class Ed25519PublicKey {
 public:
  static constexpr size_t kSize = 32;
  static constexpr size_t kSignatureSize = 64;

  /** From the raw 32 bytes. */
  static Result<Ed25519PublicKey> FromBytes(std::string_view bytes);
  /** From strict standard base64 with padding, 44 characters. */
  static Result<Ed25519PublicKey> FromBase64(std::string_view text);

  std::string_view Bytes() const { return bytes_; }
  std::string ToBase64() const;
  /** The key id of the protocol: the first 8 bytes of SHA-256 over the raw key, 16 lower-case hex digits. */
  std::string Id() const;

  /** False for a wrong signature, a signature that is not 64 bytes, and keys or points of small order. */
  bool Verify(std::string_view message, std::string_view signature) const;

  bool operator==(const Ed25519PublicKey &) const = default;

 private:
  explicit Ed25519PublicKey(std::string bytes) : bytes_(std::move(bytes)) {}

  std::string bytes_;
};

}  // namespace lookout
