// SPDX-License-Identifier: Apache-2.0
#include "auth/Nonce.hxx"

#include <sodium.h>

#include <algorithm>

#include "auth/Sodium.hxx"
#include "base/Strings.hxx"

namespace lookout {

std::string MakeNonce() {
  RequireSodium();
  std::string bytes(16, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return ToHex(bytes);
}

bool IsNonce(std::string_view text) {
  return text.size() == 32 &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace lookout
