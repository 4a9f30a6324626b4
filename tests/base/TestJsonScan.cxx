// SPDX-License-Identifier: Apache-2.0
#include "base/JsonScan.hxx"

#include <array>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <string_view>

#include "base/JsonValue.hxx"

using namespace lookout;

TEST_CASE("IsPlainJson: is sure of what is plain", "[json]") {
  const std::string text =
      GENERATE(as<std::string>{}, "{}", "[]", " [ ] \n", R"({"a":1})", R"({"a":{"b":[1,2,{"c":null}]},"d":[[],{}]})",
               R"([true,false,null,0,-1,1.5])",
               R"(["a long enough string to be looked at in blocks of eight bytes","\"\\\/\b\f\n\r\t\u00e9\uFFFF"])",
               "[\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80 and so on\"]", "{\"a\" : [ 1 , 2 ]\t,\r\n\"\":\"\"}",
               "[\"\x7f\"]", std::string(64, '[') + std::string(64, ']'));
  CAPTURE(text);
  CHECK(IsPlainJson(text));
}

TEST_CASE("IsPlainJson: leaves everything else to the parser", "[json]") {
  const std::string text =
      GENERATE(as<std::string>{}, "", "1", R"("a")", "[", "]", "[1,]", "[,1]", "[1 2]", "{,}", R"({"a"})", R"({"a":})",
               R"({"a":1,})", R"({a:1})", R"({"a":1}{})", "[1]x", "[01]", "[1.]", "[.5]", "[-]", "[+1]", "[1e5]",
               "[-0]", "[1.50]", "[9007199254740993]", "[tru]", "[nullx]", R"(["\x"])", R"(["\u12"])", R"(["\u12g4"])",
               R"(["\ud83d\ude00"])", R"(["\udc00"])", "[\"open", "[\"open enough for blocks", "[\"tab\there\"]",
               "[\"\xc3\"]", "[\"\xed\xa0\x80\"]", "{\"a\":1]", "[1}", std::string(65, '[') + std::string(65, ']'),
               std::string("[\"a\0b\"]", 7), std::string("[]\0", 3));
  CAPTURE(text);
  CHECK_FALSE(IsPlainJson(text));
}

TEST_CASE("IsPlainJson: is never sure of what the parser refuses", "[json]") {
  constexpr std::array<std::string_view, 22> kPieces = {
      "{", "}", "[",    "]",    ",", ":",  "\"",      "\"k\"",    "1",    "-",           "0",
      ".", "5", "true", "null", " ", "\\", "\\u0041", "\xc3\xa9", "\xc3", "abcdefghijk", "\n"};
  std::minstd_rand random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): a failure comes again
  int plain = 0;
  for (int round = 0; round < 200'000; ++round) {
    std::string text = "[";
    for (auto left = random() % 8; left > 0; --left) text += kPieces.at(random() % kPieces.size());
    text += "]";
    if (!IsPlainJson(text)) continue;
    ++plain;
    CAPTURE(text);
    REQUIRE(ParseJson(text).has_value());
  }
  CHECK(plain > 1000);
}
