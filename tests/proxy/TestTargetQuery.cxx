// SPDX-License-Identifier: Apache-2.0
#include "proxy/TargetQuery.hxx"

#include <catch2/catch.hpp>
#include <string>

using namespace lookout;

TEST_CASE("TargetQuery: finds the first parameter of a name, decoded", "[proxy]") {
  CHECK(FindQueryParameter("a=1&b=2&a=3", "a") == "1");
  CHECK(FindQueryParameter("a=1&b=%20x+y", "b") == " x y");
  CHECK(FindQueryParameter("%61=1", "a") == "1");
  CHECK(FindQueryParameter("a", "a") == "");
  CHECK(FindQueryParameter("a=", "a") == "");
  CHECK(FindQueryParameter("a=b=c", "a") == "b=c");
  CHECK(FindQueryParameter("&&a=1&", "a") == "1");
  CHECK(FindQueryParameter("a=%zz", "a") == "%zz");
  CHECK_FALSE(FindQueryParameter("ab=1", "a"));
  CHECK_FALSE(FindQueryParameter("", "a"));
}

TEST_CASE("TargetQuery: reads flags as Docker does", "[proxy]") {
  for (const auto *const value : {"1", "true", "True", "yes", "anything", "2"}) CHECK(IsDockerTrue(value));
  for (const auto *const value : {"", " ", "0", "no", "false", "FALSE", "none", " 0 "})
    CHECK_FALSE(IsDockerTrue(value));
}

TEST_CASE("TargetQuery: takes the API version off a path", "[proxy]") {
  const auto [path, rest] = GENERATE(table<std::string, std::string>({
      {"/v1.41/info", "/info"},
      {"/v1.41/", "/"},
      {"/v10.0/v1.41/x", "/v1.41/x"},
      {"/v1.41", "/v1.41"},
      {"/v1/info", "/v1/info"},
      {"/v.41/info", "/v.41/info"},
      {"/v1./info", "/v1./info"},
      {"/v1.4a/info", "/v1.4a/info"},
      {"/V1.41/info", "/V1.41/info"},
      {"/info", "/info"},
      {"", ""},
  }));
  CHECK(StripApiVersion(path) == rest);
}
