// SPDX-License-Identifier: Apache-2.0
#include "auth/Argon2.hxx"

#include <sodium.h>

#include <algorithm>
#include <stdexcept>

#include "auth/Sodium.hxx"

namespace lookout {

namespace {

// The second of the equally strong choices in OWASP's password storage recommendations.
constexpr uint32_t kMemoryKib = 19456;
constexpr uint32_t kPasses = 2;
constexpr size_t kTagSize = 32;

}  // namespace

bool VerifyTokenHash(const PhcString &expected, std::string_view token) {
  RequireSodium();
  // Written anew, since libsodium takes the parameters in one order only. It reads up to the NUL, but its type says
  // 128.
  auto text = expected.ToString();
  text.resize(std::max<size_t>(text.size() + 1, crypto_pwhash_STRBYTES), '\0');
  return crypto_pwhash_str_verify(text.c_str(), token.data(), token.size()) == 0;
}

PhcString MakeTokenHash(std::string_view token) {
  RequireSodium();
  PhcString phc{kMemoryKib, kPasses, 1, std::string(crypto_pwhash_SALTBYTES, '\0'), std::string(kTagSize, '\0')};
  randombytes_buf(phc.salt.data(), phc.salt.size());
  const int failed = crypto_pwhash(reinterpret_cast<unsigned char *>(phc.tag.data()), phc.tag.size(), token.data(),
                                   token.size(), reinterpret_cast<const unsigned char *>(phc.salt.data()), kPasses,
                                   size_t{kMemoryKib} * 1024, crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) throw std::runtime_error("no memory to hash the token: 19 MiB are needed");
  return phc;
}

}  // namespace lookout
