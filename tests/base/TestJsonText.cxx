// SPDX-License-Identifier: Apache-2.0
#include "base/JsonText.hxx"

#include <catch2/catch.hpp>

#include "base/JsonValue.hxx"

using namespace lookout;

namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  CHECK(JsonStringSize(text) == out.size());
  return out;
}

}  // namespace

TEST_CASE("JsonText: escapes what JSON demands and nothing else", "[json]") {
  CHECK(Quoted("") == "\"\"");
  CHECK(Quoted("plain /'<>&") == "\"plain /'<>&\"");
  CHECK(Quoted("\b\t\n\f\r\"\\") == R"("\b\t\n\f\r\"\\")");
  CHECK(Quoted(std::string_view("\0\x01\x1f\x7f", 4)) == "\"\\u0000\\u0001\\u001f\x7f\"");
  CHECK(Quoted("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") == "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
}

TEST_CASE("JsonText: replaces each byte that is not UTF-8", "[json]") {
  CHECK(Quoted("a\xff\xfe!") == "\"a\xef\xbf\xbd\xef\xbf\xbd!\"");
  CHECK(Quoted("\xe2\x82") == "\"\xef\xbf\xbd\xef\xbf\xbd\"");
  CHECK(Quoted("\xed\xa0\x80\n") == "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\\n\"");
}

TEST_CASE("JsonText: what it writes reads back", "[json]") {
  std::string all;
  for (int i = 0; i < 128; ++i) all += static_cast<char>(i);
  all += "\xc3\xa9\xe2\x80\xa8";
  const std::string text = Quoted(all);
  const auto value = ParseJson(text);
  REQUIRE(value);
  CHECK(value->AsString() == all);
}

TEST_CASE("JsonText: appends to what is there", "[json]") {
  std::string out = "{\"k\":";
  AppendJsonString(out, "v");
  CHECK(out == R"({"k":"v")");
}

TEST_CASE("JsonText: markup is escaped, and nothing else", "[json]") {
  CHECK(EscapeJsonMarkup(R"({"a":"<b>&c"})") == R"({"a":"\u003cb\u003e\u0026c"})");
  CHECK(EscapeJsonMarkup("\"\u2027\u2028\u2029\u202A\u20AC\"") == "\"\u2027\\u2028\\u2029\u202A\u20AC\"");
  CHECK(EscapeJsonMarkup("\xE2") == "\xE2");
  CHECK(EscapeJsonMarkup("\xE2\x80") == "\xE2\x80");
  CHECK(EscapeJsonMarkup("").empty());
}
