// SPDX-License-Identifier: Apache-2.0
#include <sodium.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/Base64.hxx"
#include "tests/fuzz/Require.hxx"

using namespace lookout;

namespace {

std::string EncodeBySodium(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the NUL
  return text;
}

std::optional<std::string> DecodeBySodium(std::string_view text) {
  std::string bytes(text.size(), '\0');
  size_t size = 0;
  const char *end = nullptr;
  const int failed = sodium_base642bin(reinterpret_cast<unsigned char *>(bytes.data()), bytes.size(), text.data(),
                                       text.size(), nullptr, &size, &end, sodium_base64_VARIANT_ORIGINAL);
  if (failed != 0 || end != text.data() + text.size()) return std::nullopt;
  bytes.resize(size);
  // libsodium 1.0.18 takes the byte 0xff for a digit.
  if (EncodeBySodium(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace

/** Encodes and decodes as libsodium does, and what decodes is the one and only encoding of its bytes. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view input(reinterpret_cast<const char *>(data), size);
  const std::string text = Base64Encode(input);
  Require(text == EncodeBySodium(input), "bytes are encoded as libsodium does");
  Require(Base64Decode(text) == input, "bytes survive");
  const auto bytes = Base64Decode(input);
  Require(bytes == DecodeBySodium(input), "a text is decoded as libsodium does");
  Require(!bytes || Base64Encode(*bytes) == input, "no bytes have two encodings");
  return 0;
}
