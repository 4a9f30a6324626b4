// SPDX-License-Identifier: Apache-2.0
#include "auth/Ed25519PublicKey.hxx"

#include <sodium.h>

#include "auth/Encoding.hxx"
#include "auth/Sodium.hxx"

namespace lookout {

Result<Ed25519PublicKey> Ed25519PublicKey::FromBytes(std::string_view bytes) {
  if (bytes.size() != kSize) {
    return Fail("an Ed25519 public key has 32 bytes, this has " + std::to_string(bytes.size()));
  }
  return Ed25519PublicKey(std::string(bytes));
}

Result<Ed25519PublicKey> Ed25519PublicKey::FromBase64(std::string_view text) {
  auto bytes = DecodeKey(text, KeyEncoding::Standard, kSize);
  if (!bytes) return Fail("not the padded base64 of a 32-byte Ed25519 public key (44 characters)");
  return Ed25519PublicKey(std::move(*bytes));
}

std::string Ed25519PublicKey::ToBase64() const {
  return EncodeKey(bytes_, KeyEncoding::Standard);
}

std::string Ed25519PublicKey::Id() const {
  return Sha256Hex(bytes_).substr(0, 16);
}

bool Ed25519PublicKey::Verify(std::string_view message, std::string_view signature) const {
  RequireSodium();
  if (signature.size() != kSignatureSize) return false;
  return crypto_sign_verify_detached(Raw(signature), Raw(message), message.size(), Raw(bytes_)) == 0;
}

}  // namespace lookout
