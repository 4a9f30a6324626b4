// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tunnel/ResponseBody.hxx"

using namespace lookout;
using namespace std::string_literals;

TEST_CASE("ResponseBody: the form that loses nothing", "[body]") {
  CHECK(ClassifyBody("") == BodyForm::Empty);
  CHECK(ClassifyBody("{\"a\":1}\n") == BodyForm::Json);
  CHECK(ClassifyBody(" [] ") == BodyForm::Json);
  CHECK(ClassifyBody("{\"a\":9007199254740992}") == BodyForm::Json);
  for (const auto &text : {"OK"s, "{\"a\":1}{\"b\":2}"s, "{\"a\":1}\n{\"b\":2}\n"s, "null"s, "\"str\""s, "7"s, "true"s,
                           "{\"a\":9007199254740993}"s, "{\"a\":1.10}"s, "{\"a\":"s, "<html>"s, "\x01\x00"s,
                           std::string(70, '[') + std::string(70, ']')}) {
    INFO(text);
    CHECK(ClassifyBody(text) == BodyForm::Text);
  }
  CHECK(ClassifyBody("\xff\xfe") == BodyForm::Binary);
  CHECK(ClassifyBody("{\"a\":\"\xff\"}") == BodyForm::Binary);
}

TEST_CASE("ResponseBody: headers are joined, and those of the original framing left out", "[body]") {
  ResponseHead head{200, "OK", {{"Content-Length", "5"}, {"X-A", "1"}, {"Content-Type", "text/plain"}, {"x-a", "2"}}};
  JsonWriter json;
  json.BeginObject();
  WriteResponseHead(json, head);
  CHECK(json.End().Text() ==
        R"({"statusCode":200,"headers":{"X-A":"1, 2","Content-Type":"text/plain"},"contentType":"text/plain"})");
}
