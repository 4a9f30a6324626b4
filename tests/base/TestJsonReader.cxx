// SPDX-License-Identifier: Apache-2.0
#include "base/JsonReader.hxx"

#include <catch2/catch.hpp>
#include <string>

#include "base/JsonValue.hxx"

using namespace lookout;

namespace {

/** Writes down every event, one a line. */
class Recorder final : public JsonEvents {
 public:
  bool OnScalar(JsonScalar kind, std::string_view text, std::string_view raw) override {
    static constexpr std::string_view kNames[] = {"null", "true", "false", "number", "string"};
    Line(std::string(kNames[static_cast<size_t>(kind)]) + " " + std::string(text) + "|" + std::string(raw));
    return --budget != 0;
  }
  bool OnKey(std::string_view key) override {
    Line("key " + std::string(key));
    return true;
  }
  bool OnOpen(bool is_object) override {
    Line(is_object ? "{" : "[");
    return true;
  }
  bool OnClose(std::string_view raw) override {
    Line("close " + std::string(raw));
    return true;
  }
  void Line(const std::string &line) { lines += line + "\n"; }

  std::string lines;
  int budget = -1;
};

bool Reads(std::string_view text) {
  Recorder recorder;
  return ReadJson(text, recorder).has_value();
}

std::string FaultOf(std::string_view text) {
  Recorder recorder;
  const auto result = ReadJson(text, recorder);
  return result ? "" : result.error().message;
}

}  // namespace

TEST_CASE("JsonReader: reports every piece with its exact source", "[json]") {
  Recorder recorder;
  REQUIRE(ReadJson(" { \"a\" : [ 1 ,-2.50e+3, \"x\\u00e9\\n\" ],\t\"b\":{} , \"\":null,\"t\":[true,false,[]]}\r\n",
                   recorder));
  CHECK(recorder.lines ==
        "{\nkey a\n[\nnumber |1\nnumber |-2.50e+3\nstring x\xc3\xa9\n|\"x\\u00e9\\n\"\n"
        "close [ 1 ,-2.50e+3, \"x\\u00e9\\n\" ]\nkey b\n{\nclose {}\nkey \nnull |null\nkey t\n[\ntrue |true\nfalse "
        "|false\n"
        "[\nclose []\nclose [true,false,[]]\n"
        "close { \"a\" : [ 1 ,-2.50e+3, \"x\\u00e9\\n\" ],\t\"b\":{} , \"\":null,\"t\":[true,false,[]]}\n");
}

TEST_CASE("JsonReader: any value may stand at the top", "[json]") {
  const auto *const text = GENERATE("0", "-0", "1e5", "\"\"", "null", "true", "false", "[]", "{}", " \t\r\n7\n");
  CHECK(Reads(text));
}

TEST_CASE("JsonReader: refuses what is not JSON", "[json]") {
  const auto *const text =
      GENERATE("", " ", "{", "[", "]", "{]", "[1,]", "[,1]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{1:2}", "01", "+1",
               ".5", "1.", "1e", "--1", "0x1", "NaN", "Infinity", "nul", "TRUE", "'a'", "\"a", "\"\\x\"", "\"\\u12\"",
               "\"a\nb\"", "1 2", "{} {}", "[1] x", "// c\n1", "[1 2]");
  CHECK_FALSE(Reads(text));
}

TEST_CASE("JsonReader: says where it stopped", "[json]") {
  CHECK(FaultOf("[1,x]").find("at byte 3") != std::string::npos);
}

TEST_CASE("JsonReader: hostile exponents do no harm", "[json]") {
  const auto *const tiny = GENERATE(R"({"n":0.00000000001e-2147483639})", "1e-2147483639", "0.1e-99999999999999999999",
                                    "1e308", "123456789012345678901234567890e-2147483648");
  CHECK(Reads(tiny));
}

TEST_CASE("JsonReader: refuses an exponent that no double has", "[json]") {
  const auto *const huge = GENERATE("1e309", "1e2147483647", "[1e99999999999999999999]");
  CHECK(FaultOf(huge).find("too big") != std::string::npos);
}

TEST_CASE("JsonReader: ends at the depth limit, not at the end of the stack", "[json]") {
  const std::string million(1'000'000, '[');
  CHECK(FaultOf(million).find("nested more than 64") != std::string::npos);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  CHECK(FaultOf(objects).find("nested more than 64") != std::string::npos);
  CHECK(Reads(std::string(64, '[') + std::string(64, ']')));
  CHECK_FALSE(Reads(std::string(65, '[') + std::string(65, ']')));
  CHECK_FALSE(Reads(std::string(1'000'000, ']')));
}

TEST_CASE("JsonReader: a NUL byte is an error wherever it stands", "[json]") {
  using namespace std::string_view_literals;
  const auto text = GENERATE("\0"sv, "{}\0"sv, "{}\0{}"sv, "[1,\0]"sv, "[1\0]"sv, "\"a\0b\""sv, "1\0"sv);
  CHECK_FALSE(Reads(text));
}

TEST_CASE("JsonReader: an escaped NUL is part of the string", "[json]") {
  Recorder recorder;
  REQUIRE(ReadJson(R"("a\u0000b")", recorder));
  CHECK(recorder.lines == std::string("string a\0b|\"a\\u0000b\"\n", 22));
}

TEST_CASE("JsonReader: refuses text that is not UTF-8", "[json]") {
  const auto *const text = GENERATE("\"\x80\"", "\"\xc3\"", "\"\xc0\xaf\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"",
                                    "\"\xff\"", "\"\xe2\x82\"", "{\"\xfe\":1}", "\xef\xbb\xbf{}", "\"\xc3");
  CHECK_FALSE(Reads(text));
}

TEST_CASE("JsonReader: does not read past a text that is cut anywhere", "[json]") {
  const std::string text = "{\"k\xc3\xa9\":[1.5e3,\"\\ud83d\\ude00\xf0\x9f\x98\x80\",true,null,{\"x\":[]}]}";
  REQUIRE(Reads(text));
  for (size_t size = 0; size < text.size(); ++size) {
    // A copy of exactly this size, so that a sanitizer sees any byte too many.
    const std::unique_ptr<char[]> part(new char[size]);
    text.copy(part.get(), size);
    CHECK_FALSE(Reads({part.get(), size}));
  }
}

TEST_CASE("JsonReader: the receiver can end the parse", "[json]") {
  Recorder recorder;
  recorder.budget = 2;
  CHECK_FALSE(ReadJson("[1,2,3]", recorder));
  CHECK(recorder.lines == "[\nnumber |1\nnumber |2\n");
}
