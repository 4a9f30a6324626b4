// SPDX-License-Identifier: Apache-2.0
#include "auth/Ed25519PrivateKey.hxx"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "auth/CredentialFile.hxx"
#include "auth/Sodium.hxx"

namespace lookout {

namespace {

/** DER of PKCS#8 for Ed25519 up to the seed (RFC 8410 section 7): 16 bytes, so the whole is 48 and needs no padding. */
constexpr std::string_view kDerPrefix("\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", 16);
constexpr std::string_view kPemBegin = "-----BEGIN PRIVATE KEY-----\n";
constexpr std::string_view kPemEnd = "\n-----END PRIVATE KEY-----\n";
constexpr size_t kPemBodySize = 64;

unsigned char *Raw(std::span<char> bytes) {
  return reinterpret_cast<unsigned char *>(bytes.data());
}

}  // namespace

Ed25519PrivateKey Ed25519PrivateKey::Generate() {
  Secret seed = Secret::OfSize(kSeedSize);
  randombytes_buf(seed.Bytes().data(), kSeedSize);
  return FromSeed(seed);
}

Ed25519PrivateKey Ed25519PrivateKey::FromSeed(const Secret &seed) {
  if (seed.Reveal().size() != kSeedSize) throw std::runtime_error("an Ed25519 seed has 32 bytes");
  Secret expanded = Secret::OfSize(crypto_sign_SECRETKEYBYTES);
  std::array<char, Ed25519PublicKey::kSize> public_bytes;
  crypto_sign_seed_keypair(Raw(public_bytes), Raw(expanded.Bytes()), Raw(seed.Reveal()));
  return {std::move(expanded), *Ed25519PublicKey::FromBytes({public_bytes.data(), public_bytes.size()})};
}

std::string Ed25519PrivateKey::Sign(std::string_view message) const {
  std::string signature(Ed25519PublicKey::kSignatureSize, '\0');
  crypto_sign_detached(Raw(std::span<char>(signature)), nullptr, Raw(message), message.size(), Raw(expanded_.Reveal()));
  return signature;
}

Secret Ed25519PrivateKey::ToPem() const {
  Secret der = Secret::OfSize(kDerPrefix.size() + kSeedSize);
  const auto seed = expanded_.Reveal().substr(0, kSeedSize);
  std::copy(seed.begin(), seed.end(), std::copy(kDerPrefix.begin(), kDerPrefix.end(), der.Bytes().begin()));

  Secret body = Secret::OfSize(kPemBodySize + 1);
  sodium_bin2base64(body.Bytes().data(), kPemBodySize + 1, Raw(der.Reveal()), der.Reveal().size(),
                    sodium_base64_VARIANT_ORIGINAL);
  Secret pem = Secret::OfSize(kPemBegin.size() + kPemBodySize + kPemEnd.size());
  auto to = std::copy(kPemBegin.begin(), kPemBegin.end(), pem.Bytes().begin());
  to = std::copy_n(body.Reveal().begin(), kPemBodySize, to);
  std::copy(kPemEnd.begin(), kPemEnd.end(), to);
  return pem;
}

Result<Ed25519PrivateKey> LoadPrivateKey(const std::string &path) {
  auto text = ReadCredentialFile(path);
  if (!text) return tl::unexpected(text.error());
  auto key = ParsePrivateKey(text->Reveal());
  if (!key) return Fail("'" + path + "': " + key.error().message);
  return key;
}

}  // namespace lookout
