// SPDX-License-Identifier: Apache-2.0
#include "base/Base64.hxx"

#include <array>
#include <catch2/catch.hpp>

using namespace lookout;

TEST_CASE("Base64: the vectors of RFC 4648", "[base64]") {
  const auto [bytes, text] = GENERATE(table<std::string, std::string>({{"", ""},
                                                                       {"f", "Zg=="},
                                                                       {"fo", "Zm8="},
                                                                       {"foo", "Zm9v"},
                                                                       {"foob", "Zm9vYg=="},
                                                                       {"fooba", "Zm9vYmE="},
                                                                       {"foobar", "Zm9vYmFy"}}));
  CHECK(Base64Encode(bytes) == text);
  CHECK(Base64Decode(text) == bytes);
  CHECK(Base64EncodedSize(bytes.size()) == text.size());
}

TEST_CASE("Base64: every byte value survives at every offset", "[base64]") {
  std::string bytes;
  for (int i = 0; i < 256 + 3; ++i) bytes += static_cast<char>(i);
  for (size_t start = 0; start < 3; ++start) {
    const std::string part = bytes.substr(start, 256);
    CHECK(Base64Decode(Base64Encode(part)) == part);
  }
}

TEST_CASE("Base64: uses the standard alphabet", "[base64]") {
  CHECK(Base64Encode("\xfb\xff\xbf") == "+/+/");
  CHECK(Base64Decode("+/+/") == "\xfb\xff\xbf");
  CHECK_FALSE(Base64Decode("-_-_"));
}

TEST_CASE("Base64: refuses what only a lax decoder takes", "[base64]") {
  // The first eight are accepted by OpenSSL's decoder.
  const auto *const text =
      GENERATE("====", "A===", "AA=A", "QQ==QQ==", " Zm9v", "Zm9v\n", "Zm9v ", "QR==", "Zm9=", "Zg=", "Zg", "Z", "=",
               "==", "Zg==Zm9v", "Zm\x80v", "Zm9v====", "Z===", "=Zg=", "Zm 9v");
  CHECK_FALSE(Base64Decode(text));
}

TEST_CASE("Base64: refuses a NUL byte", "[base64]") {
  CHECK_FALSE(Base64Decode(std::string_view("Zm9\0", 4)));
}

TEST_CASE("Base64: encodes into the caller's space and not beyond", "[base64]") {
  std::array<char, 12> space{};
  space.fill('#');
  CHECK(Base64Encode("fooba", space) == 8);
  CHECK(std::string_view(space.data(), space.size()) == "Zm9vYmE=####");
}
