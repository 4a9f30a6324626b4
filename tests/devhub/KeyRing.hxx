// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace lookout::devhub {

/** What a hello's signature covers besides constants. */
struct SignedHello {
  std::string_view path;
  int64_t timestamp;
  std::string_view nonce;
};

/**
 * The keys that may connect, from a file of "ed25519 BASE64 [comment]" lines. It shares no code with the
 * product's own keys and signatures, so that a mistake there cannot hide by being made on both sides.
 */
class KeyRing {
 public:
  /** Throws when the file cannot be read or a line is malformed. */
  explicit KeyRing(std::string file);

  void Reload();
  bool Has(const std::string &key_id) const { return keys_.contains(key_id); }
  /** `signature` is base64url without padding. */
  bool Verify(const std::string &key_id, const SignedHello &hello, std::string_view signature) const;
  void Revoke(const std::string &key_id) { keys_.erase(key_id); }

 private:
  using PublicKey = std::array<unsigned char, 32>;
  std::string file_;
  std::map<std::string, PublicKey> keys_;
};

}  // namespace lookout::devhub
