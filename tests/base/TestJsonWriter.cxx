// SPDX-License-Identifier: Apache-2.0
#include "base/JsonWriter.hxx"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>

#include "base/JsonValue.hxx"

using namespace lookout;

TEST_CASE("JsonWriter: sets commas between values and nowhere else", "[json]") {
  JsonWriter json;
  json.BeginObject().Key("a").BeginArray().End().Key("b").BeginObject().End();
  json.Key("c").BeginArray().Int(1).BeginArray().Null().End().BeginObject().Member("k", "v").End().Bool(true).End();
  json.Key("d").Raw("{\"x\":1}").Member("e", "f").End();
  CHECK(json.Text() == R"({"a":[],"b":{},"c":[1,[null],{"k":"v"},true],"d":{"x":1},"e":"f"})");
}

TEST_CASE("JsonWriter: writes the ends of the number ranges", "[json]") {
  JsonWriter json;
  json.BeginArray().Int(INT64_MIN).Int(INT64_MAX).Uint(UINT64_MAX).Int(0).End();
  CHECK(json.Text() == "[-9223372036854775808,9223372036854775807,18446744073709551615,0]");
}

TEST_CASE("JsonWriter: doubles read back as they were", "[json]") {
  const double value = GENERATE(0.1, -2.5, 1e300, 5e-324, 12345678.9, 100.0, 0.0);
  const std::string text = JsonWriter().Double(value).Take();
  CAPTURE(text);
  const auto parsed = ParseJson(text);
  REQUIRE(parsed);
  CHECK(parsed->AsDouble() == value);
}

TEST_CASE("JsonWriter: numbers that JSON lacks become null", "[json]") {
  using Limits = std::numeric_limits<double>;
  JsonWriter json;
  json.BeginArray().Double(Limits::quiet_NaN()).Double(Limits::infinity()).Double(-Limits::infinity()).End();
  CHECK(json.Text() == "[null,null,null]");
}

TEST_CASE("JsonWriter: escapes keys as well as values", "[json]") {
  CHECK(JsonWriter().BeginObject().Member("a\"b", "c\nd\xff").End().Take() == "{\"a\\\"b\":\"c\\nd\xef\xbf\xbd\"}");
}

TEST_CASE("JsonWriter: leaves out optional members that are empty", "[json]") {
  JsonWriter json;
  json.BeginObject().OptionalMember("a", "").OptionalMember("b", "x").OptionalMember("c", "").End();
  CHECK(json.Text() == R"({"b":"x"})");
}

TEST_CASE("JsonWriter: continues a prefix", "[json]") {
  CHECK(JsonWriter("data: ").BeginArray().Int(1).End().Take() == "data: [1]");
}
