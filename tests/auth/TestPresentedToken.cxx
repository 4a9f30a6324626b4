// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/PresentedToken.hxx"

using namespace lookout;

TEST_CASE("FindPresentedToken: takes the first field that is not empty", "[auth]") {
  CHECK(FindPresentedToken({"Bearer a", "b", "c", "d"}) == "a");
  CHECK(FindPresentedToken({"", "b", "c", "d"}) == "b");
  CHECK(FindPresentedToken({"", "", "c", "d"}) == "c");
  CHECK(FindPresentedToken({"", "", "", "d"}) == "d");
  CHECK(FindPresentedToken({}).empty());
}

TEST_CASE("FindPresentedToken: reads the scheme Bearer and passes over others", "[auth]") {
  struct Row {
    std::string_view authorization;
    std::string_view token;
  };
  const auto row = GENERATE(values<Row>({
      {"Bearer t0ken", "t0ken"},
      {"bearer t0ken", "t0ken"},
      {"BEARER t0ken", "t0ken"},
      {"Bearer   t0ken \t", "t0ken"},
      {"Bearer a b", "a b"},
      {"Bearer ", "next"},
      {"Bearer \t ", "next"},
      {"Bearer", "next"},
      {"Bearer\tt0ken", "next"},
      {"Bearert0ken", "next"},
      {"Basic dXNlcjpw", "next"},
      {"Token t0ken", "next"},
      {" Bearer t0ken", "next"},
      {"t0ken", "next"},
  }));
  INFO(row.authorization);
  CHECK(FindPresentedToken({row.authorization, "next", "", ""}) == row.token);
}
