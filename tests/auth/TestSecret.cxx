// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/Encoding.hxx"
#include "auth/Secret.hxx"

using namespace lookout;

TEST_CASE("Secret: holds, copies and moves its bytes", "[auth]") {
  Secret secret(std::string_view("a\0b", 3));
  CHECK(secret.Reveal() == std::string_view("a\0b", 3));
  const Secret copy = secret;
  const Secret moved = std::move(secret);
  CHECK(copy.Reveal() == moved.Reveal());
  CHECK(copy.Reveal().data() != moved.Reveal().data());
  CHECK(copy == moved);
  CHECK(Secret().IsEmpty());
  CHECK(Secret("").IsEmpty());
  CHECK(Secret() == Secret(""));
  CHECK_FALSE(Secret("a") == Secret("b"));
  CHECK_FALSE(Secret("a") == Secret("ab"));
  CHECK(Secret::OfSize(4).Reveal() == std::string_view("\0\0\0\0", 4));
}

TEST_CASE("Encoding: both alphabets, exact sizes", "[auth]") {
  const std::string bytes = "\xfb\xff\xfe";
  CHECK(EncodeKey(bytes, KeyEncoding::Standard) == "+//+");
  CHECK(EncodeKey(bytes, KeyEncoding::Url) == "-__-");
  CHECK(EncodeKey("a", KeyEncoding::Standard) == "YQ==");
  CHECK(EncodeKey("a", KeyEncoding::Url) == "YQ");
  CHECK(EncodeKey("", KeyEncoding::Standard).empty());
  CHECK(DecodeKey("YQ==", KeyEncoding::Standard, 1) == "a");
  CHECK(DecodeKey("YQ", KeyEncoding::Url, 1) == "a");
  CHECK_FALSE(DecodeKey("YQ", KeyEncoding::Standard, 1));
  CHECK_FALSE(DecodeKey("YQ==", KeyEncoding::Url, 1));
  CHECK_FALSE(DecodeKey("YR==", KeyEncoding::Standard, 1));
  CHECK_FALSE(
      DecodeKey("\xff\xff"
                "4vYmE=",
                KeyEncoding::Standard, 5));
  CHECK_FALSE(DecodeKey("Y\xff", KeyEncoding::Url, 1));
  CHECK_FALSE(DecodeKey("YQ==", KeyEncoding::Standard, 2));
  CHECK_FALSE(DecodeKey("YWI=", KeyEncoding::Standard, 1));
}
