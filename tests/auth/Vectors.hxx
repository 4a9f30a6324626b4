// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "auth/Ed25519PrivateKey.hxx"
#include "base/Strings.hxx"

namespace lookout {

/** Two keys whose every derived value is known: one of our own, and the first of RFC 8032 section 7.1. */
inline constexpr std::string_view kSeed = "portwing-auth-fuzz-seed-00000001";
inline constexpr std::string_view kRfcSeed =
    "\x9d\x61\xb1\x9d\xef\xfd\x5a\x60\xba\x84\x4a\xf4\x92\xec\x2c\xc4"
    "\x44\x49\xc5\x69\x7b\x32\x69\x19\x70\x3b\xac\x03\x1c\xae\x7f\x60";
inline constexpr std::string_view kNonce = "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6";
inline constexpr int64_t kUnixSeconds = 1749600000;

inline Ed25519PrivateKey KeyOf(std::string_view seed) {
  return Ed25519PrivateKey::FromSeed(Secret(seed));
}

inline std::string Pem(std::string_view name, std::string_view body) {
  return "-----BEGIN " + std::string(name) + "-----\n" + std::string(body) + "\n-----END " + std::string(name) +
         "-----\n";
}

inline const std::string kSeedPem =
    Pem("PRIVATE KEY", "MC4CAQAwBQYDK2VwBCIEIHBvcnR3aW5nLWF1dGgtZnV6ei1zZWVkLTAwMDAwMDAx");

/** The bytes of a hexadecimal text. */
inline std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  }
  return bytes;
}

}  // namespace lookout
