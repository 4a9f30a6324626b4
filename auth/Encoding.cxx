// SPDX-License-Identifier: Apache-2.0
#include "auth/Encoding.hxx"

#include <sodium.h>

#include <array>

#include "auth/Sodium.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

int SodiumVariant(KeyEncoding encoding) {
  switch (encoding) {
    case KeyEncoding::Standard: return sodium_base64_VARIANT_ORIGINAL;
    case KeyEncoding::StandardUnpadded: return sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
    case KeyEncoding::Url: break;
  }
  return sodium_base64_VARIANT_URLSAFE_NO_PADDING;
}

const unsigned char *BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char *>(text.data());
}

}  // namespace

std::string Sha256Hex(std::string_view bytes) {
  std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
  crypto_hash_sha256(digest.data(), BytesOf(bytes), bytes.size());
  return ToHex({reinterpret_cast<const char *>(digest.data()), digest.size()});
}

std::string EncodeKey(std::string_view bytes, KeyEncoding encoding) {
  RequireSodium();
  const int variant = SodiumVariant(encoding);
  std::string text(sodium_base64_encoded_len(bytes.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), BytesOf(bytes), bytes.size(), variant);
  text.pop_back();  // the C string's end
  return text;
}

std::optional<std::string> DecodeKey(std::string_view text, KeyEncoding encoding, size_t size) {
  RequireSodium();
  std::string bytes(size, '\0');
  size_t written = 0;
  const char *end = nullptr;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char *>(bytes.data()), bytes.size(), text.data(),
                                       text.size(), nullptr, &written, &end, SodiumVariant(encoding));
  if (failed != 0 || written != size || end != text.data() + text.size()) return std::nullopt;
  // libsodium 1.0.18 takes the byte 0xff for a digit, so that one key would have several texts.
  if (EncodeKey(bytes, encoding) != text) return std::nullopt;
  return bytes;
}

}  // namespace lookout
