// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/TokenVerifier.hxx"

using namespace lookout;

TEST_CASE("TokenVerifier: takes its token and nothing else", "[auth]") {
  const TokenVerifier verifier(Secret("supersecret"));
  CHECK(verifier.Verify("supersecret"));
  for (const auto *wrong : {"", "supersecre", "supersecret ", "Supersecret", "supersecrets"}) {
    CHECK_FALSE(verifier.Verify(wrong));
  }
  CHECK_FALSE(verifier.Verify(std::string_view("supersecret\0", 12)));
}

TEST_CASE("TokenVerifier: does not exist for an empty token", "[auth]") {
  CHECK_THROWS_WITH(TokenVerifier(Secret()), "the token is empty");
}
