// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/Encoding.hxx"
#include "auth/Sha256.hxx"
#include "base/Strings.hxx"

using namespace lookout;

TEST_CASE("Sha256: gives the digests of FIPS 180-4's examples", "[auth]") {
  CHECK(ToHex(ViewOf(Sha256("abc"))) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(ToHex(ViewOf(Sha256(""))) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("BodyDigest: does not depend on the pieces", "[auth]") {
  std::string body;
  for (int i = 0; i < 1000; ++i) body += std::to_string(i);
  for (const size_t piece : {1, 63, 64, 65, 5000}) {
    BodyDigest digest;
    for (size_t at = 0; at < body.size(); at += piece) digest.Add(std::string_view(body).substr(at, piece));
    CHECK(digest.Finish() == Sha256(body));
  }
  CHECK(BodyDigest().Finish() == Sha256(""));
}

TEST_CASE("EqualDigests: tells digests apart by any byte", "[auth]") {
  const auto digest = Sha256("abc");
  CHECK(EqualDigests(digest, Sha256("abc")));
  for (size_t i = 0; i < digest.size(); ++i) {
    auto other = digest;
    other[i] = static_cast<char>(other[i] ^ 1);
    CHECK_FALSE(EqualDigests(digest, other));
  }
}
