// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <string_view>

namespace lookout {

using Sha256Digest = std::array<char, 32>;

/** Of bytes that are all there. */
Sha256Digest Sha256(std::string_view bytes);

/** The bytes of a digest, for ToHex(), keyed hashes and files. */
inline std::string_view ViewOf(const Sha256Digest &digest) {
  return {digest.data(), digest.size()};
}

/** In constant time. */
bool EqualDigests(const Sha256Digest &a, const Sha256Digest &b);

/**
 * SHA-256 of a body that comes in pieces. It is OpenSSL's, which uses the processor's instructions: bodies of many
 * megabytes are hashed on the loop.
 */
class BodyDigest {
 public:
  /** Throws std::runtime_error when OpenSSL has no SHA-256 to give. */
  BodyDigest();

  void Add(std::string_view bytes);
  /** Of everything that was added; call it once, last. Without any Add() it is the digest of an empty body. */
  Sha256Digest Finish();

 private:
  struct Free {
    void operator()(void *context) const noexcept;
  };

  std::unique_ptr<void, Free> context_;
};

}  // namespace lookout
