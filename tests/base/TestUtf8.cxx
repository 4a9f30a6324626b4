// SPDX-License-Identifier: Apache-2.0
#include "base/Utf8.hxx"

#include <catch2/catch.hpp>

using namespace lookout;

namespace {

const std::string kMixed =
    "a\xc3\xa9z\xe2\x82\xac\xf0\x9f\x98\x80 twelve ascii bytes \xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf.";

/** The textbook encoding, valid or not, for any number up to 21 bits. */
std::string Encode(uint32_t code) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
}

}  // namespace

TEST_CASE("Utf8: accepts exactly the scalar values of Unicode", "[utf8]") {
  size_t wrong = 0;
  for (uint32_t code = 0; code < 0x120000; ++code) {
    const bool expected = code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    const std::string text = Encode(code);
    if (IsValidUtf8(text) != expected) ++wrong;
    if (Utf8Length(text) != (expected ? text.size() : 0)) ++wrong;
  }
  CHECK(wrong == 0);
}

TEST_CASE("Utf8: refuses overlong forms and stray bytes", "[utf8]") {
  const auto *const text = GENERATE("\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf",
                                    "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf5\x80\x80\x80", "\xff", "\xc3\xc3",
                                    "\xc3z", "\xe2\x82z", "\xf0\x9f\x98z", "\xf8\x88\x80\x80\x80");
  CHECK_FALSE(IsValidUtf8(text));
  CHECK(ValidUtf8Prefix(text) == 0);
  CHECK(ValidUtf8Prefix("eleven byte" + std::string(text)) == 11);
}

TEST_CASE("Utf8: a text cut anywhere divides into a valid part and a tail", "[utf8]") {
  for (size_t cut = 0; cut <= kMixed.size(); ++cut) {
    const std::string_view part = std::string_view(kMixed).substr(0, cut);
    const size_t tail = IncompleteUtf8Tail(part);
    CAPTURE(cut);
    CHECK(tail <= 3);
    CHECK(ValidUtf8Prefix(part) == part.size() - tail);
    // The next piece, with the tail in front, is valid up to the end.
    CHECK(IsValidUtf8(std::string_view(kMixed).substr(cut - tail)));
  }
}

TEST_CASE("Utf8: only what can still become a character is a tail", "[utf8]") {
  const auto [text, tail] = GENERATE(table<std::string, size_t>({{"", 0},
                                                                 {"a", 0},
                                                                 {"\xc3", 1},
                                                                 {"\xc3\xa9", 0},
                                                                 {"\xe2\x82", 2},
                                                                 {"\xf0\x9f\x98", 3},
                                                                 {"\xf0\x9f", 2},
                                                                 {"a\x80", 0},
                                                                 {"\x80\x80\x80\x80", 0},
                                                                 {"\xc0", 0},
                                                                 {"\xff", 0},
                                                                 {"\xe0\x80", 0},
                                                                 {"\xed\xa0", 0},
                                                                 {"\xf4\x90", 0},
                                                                 {"\xc3\xa9\x80", 0}}));
  CAPTURE(text);
  CHECK(IncompleteUtf8Tail(text) == tail);
}

TEST_CASE("Utf8: replaces invalid bytes one by one", "[utf8]") {
  CHECK(ReplaceInvalidUtf8(kMixed) == kMixed);
  CHECK(ReplaceInvalidUtf8("").empty());
  CHECK(ReplaceInvalidUtf8("\xff") == "\xef\xbf\xbd");
  CHECK(ReplaceInvalidUtf8("a\xe2\x82z\xed\xa0\x80") ==
        "a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}
