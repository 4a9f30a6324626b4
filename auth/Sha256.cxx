// SPDX-License-Identifier: Apache-2.0
#include "auth/Sha256.hxx"

#include <openssl/evp.h>
#include <sodium.h>

#include <stdexcept>

namespace lookout {

namespace {

EVP_MD_CTX *ContextOf(void *context) {
  return static_cast<EVP_MD_CTX *>(context);
}

void Require(int succeeded) {
  if (succeeded != 1) throw std::runtime_error("OpenSSL cannot compute SHA-256: is its default provider disabled?");
}

}  // namespace

Sha256Digest Sha256(std::string_view bytes) {
  Sha256Digest digest;
  crypto_hash_sha256(reinterpret_cast<unsigned char *>(digest.data()),
                     reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size());
  return digest;
}

bool EqualDigests(const Sha256Digest &a, const Sha256Digest &b) {
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

BodyDigest::BodyDigest() : context_(EVP_MD_CTX_new()) {
  Require(context_ ? EVP_DigestInit_ex(ContextOf(context_.get()), EVP_sha256(), nullptr) : 0);
}

void BodyDigest::Add(std::string_view bytes) {
  Require(EVP_DigestUpdate(ContextOf(context_.get()), bytes.data(), bytes.size()));
}

Sha256Digest BodyDigest::Finish() {
  Sha256Digest digest;
  Require(EVP_DigestFinal_ex(ContextOf(context_.get()), reinterpret_cast<unsigned char *>(digest.data()), nullptr));
  return digest;
}

void BodyDigest::Free::operator()(void *context) const noexcept {
  EVP_MD_CTX_free(ContextOf(context));
}

}  // namespace lookout
