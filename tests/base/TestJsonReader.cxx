// SPDX-License-Identifier: Apache-2.0
#include "base/JsonReader.hxx"

#include <catch2/catch.hpp>

#include "base/JsonValue.hxx"

namespace lookout {

TEST_CASE("JsonReader: every value knows its own bytes", "[base]") {
  constexpr std::string_view kText = R"( {"a": [1 , {"b":"c\n"},[] ,"x"],"d":{ }, "e" :true,"f":-1.50} )";
  const auto root = ParseJson(kText);
  REQUIRE(root);
  CHECK(root->Raw() == kText.substr(1, kText.size() - 2));
  CHECK((*root)["a"].Raw() == R"([1 , {"b":"c\n"},[] ,"x"])");
  CHECK((*root)["a"].Items()[0].Raw() == "1");
  CHECK((*root)["a"].Items()[1].Raw() == R"({"b":"c\n"})");
  CHECK((*root)["a"].Items()[1]["b"].Raw() == R"("c\n")");
  CHECK((*root)["a"].Items()[2].Raw() == "[]");
  CHECK((*root)["a"].Items()[3].Raw() == R"("x")");
  CHECK((*root)["d"].Raw() == "{ }");
  CHECK((*root)["e"].Raw() == "true");
  CHECK((*root)["f"].Raw() == "-1.50");
}

TEST_CASE("JsonReader: containers below the wanted levels keep their text", "[base]") {
  const auto root = ParseJson(R"({"data":{"body":[1,{"x":2}],"id":"r"}})", {2, 100});
  REQUIRE(root);
  CHECK((*root)["data"]["body"].Raw() == R"([1,{"x":2}])");
  CHECK((*root)["data"]["body"].Items().empty());
  CHECK((*root)["data"]["id"].AsString() == "r");
}

}  // namespace lookout
