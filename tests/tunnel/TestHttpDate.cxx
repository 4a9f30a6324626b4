// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tunnel/HttpDate.hxx"

using namespace lookout;

TEST_CASE("HttpDate: reads the one form that is still sent", "[tunnel]") {
  CHECK(ParseHttpDate("Sun, 06 Nov 1994 08:49:37 GMT") == 784111777);
  CHECK(ParseHttpDate("Thu, 29 Feb 2024 23:59:59 GMT") == 1709251199);
  for (const auto *const wrong : {"", "now", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 GMT+1",
                                  "Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 25:49:37 GMT"}) {
    CAPTURE(wrong);
    CHECK_FALSE(ParseHttpDate(wrong));
  }
}

TEST_CASE("HttpDate: Retry-After is a number of seconds or a date", "[tunnel]") {
  CHECK(ParseRetryAfter("120", 0) == 120);
  CHECK(ParseRetryAfter("0", 0) == 0);
  CHECK(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", 784111700) == 77);
  CHECK(ParseRetryAfter("Sun, 06 Nov 1994 08:49:37 GMT", 784111800) == 0);
  CHECK_FALSE(ParseRetryAfter("-1", 0));
  CHECK_FALSE(ParseRetryAfter("soon", 0));
  CHECK_FALSE(ParseRetryAfter("", 0));
}
