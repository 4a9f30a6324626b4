// SPDX-License-Identifier: Apache-2.0
#include "tunnel/FrameFields.hxx"

#include <catch2/catch.hpp>

using namespace lookout;

namespace {

struct Fields {
  explicit Fields(std::string source) : text(std::move(source)), json(ParseJson(text, {.levels = 1}).value()) {}
  const std::string text;
  const JsonValue json;
  FrameFields fields{json};
};

}  // namespace

TEST_CASE("FrameFields: what is missing or null is zero, and no problem", "[frames]") {
  Fields all(R"({"n":null})");
  for (const auto key : {"n", "missing"}) {
    CHECK(all.fields.String(key).empty());
    CHECK(all.fields.Id(key).empty());
    CHECK(all.fields.Strings(key).empty());
    CHECK(all.fields.Bool(key, true));
    CHECK_FALSE(all.fields.Int(key));
    CHECK(all.fields.StringOrInt(key).empty());
    CHECK(all.fields.NumberText(key) == "0");
  }
  CHECK(all.fields.Problem().empty());
  CHECK(all.fields.RequiredId("n").empty());
  CHECK(all.fields.Problem() == R"("n" must be a string that is not empty)");
}

TEST_CASE("FrameFields: a wrong type is a problem, and the first one is kept", "[frames]") {
  const auto problem = [](auto read) {
    Fields all(R"({"s":"x","i":7,"f":1.5,"b":true,"o":{},"a":["x",1]})");
    read(all.fields);
    return all.fields.Problem();
  };
  CHECK(problem([](FrameFields &f) { f.String("i"); }) == "\"i\" must be a string");
  CHECK(problem([](FrameFields &f) { f.Id("o"); }) == "\"o\" must be a string");
  CHECK(problem([](FrameFields &f) { f.Strings("s"); }) == "\"s\" must be an array of strings");
  CHECK(problem([](FrameFields &f) { f.Strings("a"); }) == "\"a\" must be an array of strings");
  CHECK(problem([](FrameFields &f) { f.Bool("s", false); }) == "\"s\" must be true or false");
  CHECK(problem([](FrameFields &f) { f.Int("s"); }) == "\"s\" must be an integer");
  CHECK(problem([](FrameFields &f) { f.Int("f"); }) == "\"f\" must be an integer");
  CHECK(problem([](FrameFields &f) { f.StringOrInt("f"); }) == "\"f\" must be a string");
  CHECK(problem([](FrameFields &f) { f.NumberText("s"); }) == "\"s\" must be a number");
  CHECK(problem([](FrameFields &f) {
          f.String("i");
          f.Bool("s", false);
        }) == "\"i\" must be a string");
}

TEST_CASE("FrameFields: what comes back in our frames is short", "[frames]") {
  Fields all(R"({"fits":")" + std::string(1024, 'x') + R"(","long":")" + std::string(1025, 'x') + R"(","n":)" +
             std::string(33, '1') + "}");
  CHECK(all.fields.Id("fits").size() == 1024);
  CHECK(all.fields.String("long").size() == 1025);
  CHECK(all.fields.Problem().empty());
  all.fields.Id("long");
  CHECK(all.fields.Problem() == "\"long\" must be at most 1 KiB of text without half a surrogate pair");
  Fields number(R"({"n":)" + std::string(33, '1') + "}");
  number.fields.NumberText("n");
  CHECK_FALSE(number.fields.Problem().empty());
}

TEST_CASE("FrameFields: an id comes back as it came, or is none", "[frames]") {
  Fields all(R"({"pair":"\ud83d\ude00","half":"a\ude00b"})");
  CHECK(all.fields.Id("pair") == "\xf0\x9f\x98\x80");
  CHECK(all.fields.Problem().empty());
  all.fields.Id("half");
  CHECK(all.fields.Problem() == "\"half\" must be at most 1 KiB of text without half a surrogate pair");
}

TEST_CASE("FrameFields: numbers where peers differ", "[frames]") {
  Fields all(R"({"i":-7,"s":"42","big":9223372036854775808,"e":1e3})");
  CHECK(all.fields.Int("i") == -7);
  CHECK(all.fields.Int("s") == 42);
  CHECK(all.fields.StringOrInt("i") == "-7");
  CHECK(all.fields.StringOrInt("s") == "42");
  CHECK(all.fields.NumberText("e") == "1e3");
  CHECK(all.fields.Problem().empty());
  CHECK_FALSE(all.fields.Int("big"));
  CHECK_FALSE(all.fields.Problem().empty());
}
