// SPDX-License-Identifier: Apache-2.0
#include "agent/StackVariables.hxx"

#include <catch2/catch.hpp>

using namespace lookout;

TEST_CASE("StackVariables: any value survives being written and read", "[stack]") {
  const StackVariables variables = {
      {"A", ""},      {"B", "plain"}, {"C", " two  words "},   {"D", R"(it's "quoted" \ $HOME ${X} `id`)"},
      {"E", "#no"},   {"F", "ü=1"},   {"G", R"(ends with \)"}, {"H", "'x'"},
      {"I", R"(\n)"},
  };
  const auto read = ParseStackVariables(FormatStackVariables(variables), {});
  REQUIRE(read);
  CHECK(*read == variables);
}

TEST_CASE("StackVariables: reads what others have written", "[stack]") {
  const auto read = ParseStackVariables("# a comment\n\nA=plain text\r\nB='single $X'\n  C = \"d\\$e\" \nD=\n", {});
  REQUIRE(read);
  CHECK(read->at("A") == "plain text");
  CHECK(read->at("B") == "single $X");
  CHECK(read->at("D").empty());
}

TEST_CASE("StackVariables: a file cannot bring in what a request could not", "[stack]") {
  CHECK_FALSE(ParseStackVariables("LD_PRELOAD=/tmp/x.so\n", {}));
  CHECK_FALSE(ParseStackVariables("DOCKER_HOST=tcp://evil\n", {}));
  CHECK_FALSE(ParseStackVariables("no equals sign\n", {}));
  CHECK_FALSE(ParseStackVariables("A=\"open\n", {}));
  const auto fault = ParseStackVariables("A=1\nPATH=/tmp\n", {});
  REQUIRE_FALSE(fault);
  CHECK(fault.error().message.find("line 2 of .env.drydock") == 0);
}
