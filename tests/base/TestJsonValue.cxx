// SPDX-License-Identifier: Apache-2.0
#include "base/JsonValue.hxx"

#include <catch2/catch.hpp>

using namespace lookout;

namespace {

JsonValue Parsed(std::string_view text, JsonLimits limits = {}) {
  auto value = ParseJson(text, limits);
  REQUIRE(value);
  return std::move(*value);
}

}  // namespace

TEST_CASE("JsonValue: tells the kinds apart", "[json]") {
  const auto value = Parsed(R"([null,true,1,"s",[],{}])");
  const auto &items = value.Items();
  REQUIRE(items.size() == 6);
  CHECK(items[0].IsNull());
  CHECK(items[1].AsBool() == true);
  CHECK(items[2].IsNumber());
  CHECK(items[3].IsString());
  CHECK(items[4].IsArray());
  CHECK(items[5].IsObject());
  CHECK_FALSE(items[2].AsBool());
  CHECK(items[2].AsString().empty());
  CHECK(items[3].AsString() == "s");
}

TEST_CASE("JsonValue: every value knows its own text", "[json]") {
  const auto value = Parsed("  { \"type\" : \"x\", \"data\" : { \"n\" : 1.0 , \"a\":[ 1, 2 ] } , \"e\":{ } }  ");
  CHECK(value.Raw() == "{ \"type\" : \"x\", \"data\" : { \"n\" : 1.0 , \"a\":[ 1, 2 ] } , \"e\":{ } }");
  CHECK(value["type"].Raw() == "\"x\"");
  CHECK(value["data"].Raw() == "{ \"n\" : 1.0 , \"a\":[ 1, 2 ] }");
  CHECK(value["data"]["n"].Raw() == "1.0");
  CHECK(value["data"]["a"].Raw() == "[ 1, 2 ]");
  CHECK(value["data"]["a"].Items()[1].Raw() == "2");
  CHECK(value["e"].Raw() == "{ }");
}

TEST_CASE("JsonValue: finds members in any ASCII case and prefers the exact one", "[json]") {
  const auto value = Parsed(R"({"RequestID":"a","requestId":"b","REQUESTID":"c","type":1})");
  CHECK(value["requestId"].AsString() == "b");
  CHECK(value["RequestID"].AsString() == "a");
  CHECK(value["requestid"].AsString() == "c");
  CHECK(value["TYPE"].AsInt() == 1);
  CHECK(value.Find("none") == nullptr);
  CHECK(value["none"]["deeper"].IsNull());
}

TEST_CASE("JsonValue: of duplicate keys the last one counts and all are listed", "[json]") {
  const auto value = Parsed(R"({"a":1,"b":2,"a":3})");
  CHECK(value["a"].AsInt() == 3);
  CHECK(value.Members().size() == 3);
}

TEST_CASE("JsonValue: reads whole numbers exactly and nothing else as one", "[json]") {
  const auto value = Parsed(R"([9007199254740993,-9223372036854775808,9223372036854775807,9223372036854775808,1.0,)"
                            R"(1e3,-0,"42"," 42","4x",""])");
  const auto &n = value.Items();
  CHECK(n[0].AsInt() == 9007199254740993);
  CHECK(n[1].AsInt() == INT64_MIN);
  CHECK(n[2].AsInt() == INT64_MAX);
  CHECK_FALSE(n[3].AsInt());
  CHECK_FALSE(n[4].AsInt());
  CHECK_FALSE(n[5].AsInt());
  CHECK(n[6].AsInt() == 0);
  CHECK_FALSE(n[7].AsInt());
  CHECK(n[7].AsLooseInt() == 42);
  CHECK(n[0].AsLooseInt() == 9007199254740993);
  CHECK_FALSE(n[8].AsLooseInt());
  CHECK_FALSE(n[9].AsLooseInt());
  CHECK_FALSE(n[10].AsLooseInt());
}

TEST_CASE("JsonValue: reads other numbers as doubles", "[json]") {
  const auto value = Parsed(R"([1.5,-2e3,1e-999,"1.5",7])");
  CHECK(value.Items()[0].AsDouble() == 1.5);
  CHECK(value.Items()[1].AsDouble() == -2000.0);
  CHECK_FALSE(value.Items()[2].AsDouble());
  CHECK_FALSE(value.Items()[3].AsDouble());
  CHECK(value.Items()[4].AsDouble() == 7.0);
}

TEST_CASE("JsonValue: keeps only the text below the wanted level", "[json]") {
  constexpr std::string_view kText = R"({"a":{"b":{"c":1}},"d":[[1],2],"e":3})";
  const auto shallow = Parsed(kText, {.levels = 1});
  CHECK(shallow["a"].IsObject());
  CHECK(shallow["a"].Members().empty());
  CHECK(shallow["a"].Raw() == R"({"b":{"c":1}})");
  CHECK(shallow["d"].IsArray());
  CHECK(shallow["d"].Raw() == "[[1],2]");
  CHECK(shallow["e"].AsInt() == 3);
  const auto deeper = Parsed(kText, {.levels = 2});
  CHECK(deeper["a"]["b"].Raw() == R"({"c":1})");
  CHECK(deeper["a"]["b"].Members().empty());
  CHECK(deeper["d"].Items().at(1).AsInt() == 2);
  CHECK(Parsed(kText, {.levels = 0}).Raw() == kText);
}

TEST_CASE("JsonValue: checks also what it does not build", "[json]") {
  CHECK_FALSE(ParseJson(R"({"a":{"b":[1,}}})", {.levels = 1}));
  CHECK_FALSE(ParseJson("{\"a\":{\"b\":\"\xff\"}}", {.levels = 1}));
  CHECK_FALSE(ParseJson("{\"a\":" + std::string(64, '[') + std::string(64, ']') + "}", {.levels = 1}));
}

TEST_CASE("JsonValue: refuses more values than allowed", "[json]") {
  CHECK(ParseJson("[1,2,3]", {.max_values = 4}));
  const auto refused = ParseJson("[1,2,3]", {.max_values = 3});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message == "JSON has more than 3 values");
  CHECK_FALSE(ParseJson("[[],[],[]]", {.max_values = 3}));
  CHECK(ParseJson("[[1,2,3,4,5]]", {.levels = 1, .max_values = 2}));
  std::string many = "[0";
  for (int i = 0; i < 200'000; ++i) many += ",0";
  CHECK_FALSE(ParseJson(many + "]"));
}

TEST_CASE("JsonValue: keeps NUL bytes of escapes", "[json]") {
  const auto value = Parsed(R"({"a\u0000b":"c\u0000d"})");
  CHECK(value.Members()[0].key == std::string("a\0b", 3));
  CHECK(value.Members()[0].value.AsString() == std::string("c\0d", 3));
  CHECK(value.Find("a") == nullptr);
}

TEST_CASE("CheckJson: finds the numbers that JavaScript would not print back", "[json]") {
  const auto [text, expected] = GENERATE(table<std::string, JsonFidelity>({
      {R"({"a":[1,-5,0,1.5,-0.25,"1e5"]})", JsonFidelity::Faithful},
      {"9007199254740992", JsonFidelity::Faithful},
      {"-9007199254740992", JsonFidelity::Faithful},
      {"9007199254740993", JsonFidelity::Lossy},
      {"-9007199254740993", JsonFidelity::Lossy},
      {"123456789012345678901234567890", JsonFidelity::Lossy},
      {"0.12345678901234", JsonFidelity::Faithful},
      {"0.1234567890123456789", JsonFidelity::Lossy},
      {"123456789.1234567", JsonFidelity::Lossy},
      {"0.000001", JsonFidelity::Faithful},
      {"0.0000001", JsonFidelity::Lossy},
      {"-0.0000001", JsonFidelity::Lossy},
      {"1e5", JsonFidelity::Lossy},
      {"1.50", JsonFidelity::Lossy},
      {"-0", JsonFidelity::Lossy},
      {"-0.0", JsonFidelity::Lossy},
      {R"({"deep":[[{"n":[1e99]}]]})", JsonFidelity::Lossy},
      {"{", JsonFidelity::NotJson},
      {"", JsonFidelity::NotJson},
      {"1 2", JsonFidelity::NotJson},
  }));
  CAPTURE(text);
  CHECK(CheckJson(text) == expected);
}

TEST_CASE("CheckJson: has no limit on the number of values", "[json]") {
  std::string many = "[0";
  for (int i = 0; i < 300'000; ++i) many += ",0";
  CHECK(CheckJson(many + "]") == JsonFidelity::Faithful);
}
