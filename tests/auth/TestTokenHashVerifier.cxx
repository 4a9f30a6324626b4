// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/TokenHashVerifier.hxx"

using namespace lookout;

namespace {

TokenHashVerifier MakeVerifier() {
  return TokenHashVerifier(PhcString::Parse("$argon2id$v=19$m=8,t=1,p=1$c3Nzc3Nzc3M$t/EmhfOUdJpyPqozuv5U1A").value());
}

}  // namespace

TEST_CASE("TokenHashVerifier: knows the right token once it was verified, and no other", "[auth]") {
  auto verifier = MakeVerifier();
  const auto fingerprint = verifier.FingerprintOf("pw");
  CHECK_FALSE(verifier.IsVerified(fingerprint));
  verifier.Remember(fingerprint);
  CHECK(verifier.IsVerified(verifier.FingerprintOf("pw")));
  CHECK_FALSE(verifier.IsVerified(verifier.FingerprintOf("px")));
  CHECK_FALSE(verifier.IsVerified(verifier.FingerprintOf("")));
}

TEST_CASE("TokenHashVerifier: a fingerprint means nothing in another process", "[auth]") {
  CHECK(MakeVerifier().FingerprintOf("pw") != MakeVerifier().FingerprintOf("pw"));
  CHECK(MakeVerifier().FingerprintOf("pw") != Sha256("pw"));
}
