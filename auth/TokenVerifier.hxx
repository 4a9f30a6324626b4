// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "auth/Secret.hxx"
#include "auth/Sha256.hxx"

namespace lookout {

/**
 * Compares tokens with the one that was set, of which only the SHA-256 is kept. Both sides are hashed and the digests
 * compared in constant time, so that the time tells neither the token nor its length.
 */
class TokenVerifier {
 public:
  /** Throws std::runtime_error for an empty token, which would let everybody in. */
  explicit TokenVerifier(const Secret &token);

  /** An empty one is always wrong. */
  bool Verify(std::string_view presented) const;

 private:
  Sha256Digest digest_;
};

}  // namespace lookout
