// SPDX-License-Identifier: Apache-2.0
#include "auth/TokenHashVerifier.hxx"

#include <sodium.h>

namespace lookout {

TokenHashVerifier::TokenHashVerifier(PhcString expected)
    : expected_(std::move(expected)), key_(Secret::OfSize(crypto_auth_hmacsha256_KEYBYTES)) {
  randombytes_buf(key_.Bytes().data(), key_.Bytes().size());
}

TokenFingerprint TokenHashVerifier::FingerprintOf(std::string_view token) const {
  static_assert(std::tuple_size_v<TokenFingerprint> == crypto_auth_hmacsha256_BYTES);
  TokenFingerprint fingerprint;
  crypto_auth_hmacsha256(reinterpret_cast<unsigned char *>(fingerprint.data()),
                         reinterpret_cast<const unsigned char *>(token.data()), token.size(),
                         reinterpret_cast<const unsigned char *>(key_.Reveal().data()));
  return fingerprint;
}

bool TokenHashVerifier::IsVerified(const TokenFingerprint &fingerprint) const {
  return verified_ && EqualDigests(*verified_, fingerprint);
}

}  // namespace lookout
