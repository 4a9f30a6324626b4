// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cstdint>

#include "tunnel/MessageJoiner.hxx"

using namespace lookout;

TEST_CASE("MessageJoiner: puts pieces together and begins anew", "[tunnel]") {
  MessageJoiner joiner(100);
  CHECK(joiner.Add("whole", true) == "whole");
  CHECK_FALSE(joiner.Add("a", false));
  CHECK_FALSE(joiner.Add("", false));
  CHECK(joiner.Add("b", true) == "ab");
  CHECK_FALSE(joiner.Add("c", false));
  CHECK(joiner.Add("", true) == "c");
  CHECK(joiner.Add("", true) == "");
}

TEST_CASE("MessageJoiner: counts what it holds and what is announced", "[tunnel]") {
  MessageJoiner joiner(10);
  CHECK(joiner.Fits(10, 0));
  CHECK(joiner.Fits(4, 6));
  CHECK_FALSE(joiner.Fits(11, 0));
  CHECK_FALSE(joiner.Fits(4, 7));
  CHECK_FALSE(joiner.Fits(1, SIZE_MAX));
  joiner.Add("1234567", false);
  CHECK(joiner.Fits(3, 0));
  CHECK_FALSE(joiner.Fits(3, 1));
  joiner.Add("890", true);
  CHECK(joiner.Fits(10, 0));
}
