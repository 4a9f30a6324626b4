// SPDX-License-Identifier: Apache-2.0
#include "base/Strings.hxx"

#include <catch2/catch.hpp>

using namespace lookout;
using namespace std::string_view_literals;

using Parts = std::vector<std::string_view>;

TEST_CASE("Strings: Trim", "[strings]") {
  CHECK(Trim(" \t\r\n\v\fa b \n") == "a b");
  CHECK(Trim("").empty());
  CHECK(Trim(" \t ").empty());
  CHECK(Trim("\xc2\xa0x") == "\xc2\xa0x");
}

TEST_CASE("Strings: SplitList leaves out empty parts", "[strings]") {
  CHECK(SplitList("a, b ,,c,") == Parts{"a", "b", "c"});
  CHECK(SplitList("").empty());
  CHECK(SplitList(" , ,").empty());
  CHECK(SplitList("a:b", ':') == Parts{"a", "b"});
  CHECK(SplitList("one") == Parts{"one"});
}

TEST_CASE("Strings: case is an ASCII matter", "[strings]") {
  CHECK(ToLower("AZaz09[@\xc3\x89") == "azaz09[@\xc3\x89");
  CHECK(EqualsIgnoreCase("Content-Type", "content-TYPE"));
  CHECK_FALSE(EqualsIgnoreCase("a", "ab"));
  CHECK_FALSE(EqualsIgnoreCase("ab", "a"));
  CHECK_FALSE(EqualsIgnoreCase("\xc3\x89", "\xc3\xa9"));
  CHECK_FALSE(EqualsIgnoreCase("@", "`"));
  CHECK(EqualsIgnoreCase("", ""));
}

TEST_CASE("Strings: ParseInt takes a whole decimal number only", "[strings]") {
  CHECK(ParseInt("0") == 0);
  CHECK(ParseInt("-12") == -12);
  CHECK(ParseInt("007") == 7);
  CHECK(ParseInt("9223372036854775807") == INT64_MAX);
  CHECK(ParseInt("-9223372036854775808") == INT64_MIN);
  const auto text = GENERATE(""sv, "-"sv, "+1"sv, " 1"sv, "1 "sv, "1.0"sv, "0x1"sv, "1e3"sv, "9223372036854775808"sv,
                             "-9223372036854775809"sv, "--1"sv, "1\0"sv);
  CHECK_FALSE(ParseInt(text));
}

TEST_CASE("Strings: ToHex", "[strings]") {
  CHECK(ToHex("\x00\x7f\xab\xff"sv) == "007fabff");
  CHECK(ToHex("").empty());
}

TEST_CASE("Strings: PercentDecode", "[strings]") {
  CHECK(PercentDecode("a%2Fb%2f%00%ff+") == std::string("a/b/\0\xff+", 7));
  CHECK(PercentDecode("%41") == "A");
  CHECK(PercentDecode("") == "");
  const auto text = GENERATE("%"sv, "%4"sv, "%4g"sv, "%g4"sv, "a%"sv, "%%41"sv, "%4\0"sv, "% 1"sv);
  CHECK_FALSE(PercentDecode(text));
}

TEST_CASE("Strings: PercentEncode is undone by PercentDecode", "[strings]") {
  CHECK(PercentEncode("aZ0-._~") == "aZ0-._~");
  CHECK(PercentEncode("a b/?%\xff") == "a%20b%2F%3F%25%FF");
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  CHECK(PercentDecode(PercentEncode(all)) == all);
}

TEST_CASE("Strings: Printable leaves no byte that acts", "[strings]") {
  CHECK(Printable("plain \xc3\xa9") == "plain \xc3\xa9");
  CHECK(Printable("a\nb\rc\td\"e\\f") == R"(a\nb\rc\td\"e\\f)");
  CHECK(Printable("\x00\x1b\x7f"sv) == R"(\x00\x1b\x7f)");
  CHECK(Printable("\xff\xc2\x80\xc2\x9f\xc2\xa0") == "\\xff\\xc2\\x80\\xc2\\x9f\xc2\xa0");
  CHECK(Printable("\xe2\x80\xa7\xe2\x80\xa8\xe2\x80\xae\xe2\x80\xaf") ==
        "\xe2\x80\xa7\\xe2\\x80\\xa8\\xe2\\x80\\xae\xe2\x80\xaf");
  CHECK(Printable("\xe2\x81\xa5\xe2\x81\xa6\xe2\x81\xa9\xe2\x81\xaa") ==
        "\xe2\x81\xa5\\xe2\\x81\\xa6\\xe2\\x81\\xa9\xe2\x81\xaa");
  CHECK(Printable("\xe2\x82") == R"(\xe2\x82)");
  CHECK(PrintableUnquoted("say \"a\\b\"\n", 99) == R"(say "a\\b"\n)");
}

TEST_CASE("Strings: Printable cuts between characters and shows that it did", "[strings]") {
  CHECK(Printable("abcdef", 6) == "abcdef");
  CHECK(Printable("abcdef", 3) == "abc...");
  CHECK(Printable("ab\xe2\x82\xac", 4) == "ab...");
  CHECK(Printable("ab\xe2\x82\xac", 5) == "ab\xe2\x82\xac");
}
