// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <thread>

#include "auth/Argon2.hxx"

using namespace lookout;

namespace {

struct Answer {
  std::string_view token;
  std::string_view hash;
};

/** Of the reference implementation's command line program. */
constexpr Answer kSuperSecret = {
    "supersecret", "$argon2id$v=19$m=19456,t=2,p=1$cG9ydHdpbmctc2FsdC0wMQ$32jjH8MSxMhdIl9E774WussZLcP4t8A7P4ZLu0AnRFg"};
constexpr Answer kShortTag = {"testtoken", "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ$6vN/AYvL3DYSatd3UZywtw"};
constexpr Answer kFourLanes = {
    "cachetest", "$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRz$Ds2vH4Gx+lSJnKk3qBD3NVHRTOxZMnXkzlEg31e0Uog"};
/** Of libargon2 20171227: all lengths at their bounds, which makes a string longer than libsodium's own. */
constexpr Answer kLongest = {"pw",
                             "$argon2id$v=19$m=128,t=1,p=16$"
                             "c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzcw$"
                             "XL1LcNBFHGCH/rJene8gP3GgNFmG8jhi/jt3Pe1ZQK1l7MtS2GWSxGnSMP+ENikJVgP+ZrPUC0cY2Rr4uefRmg"};
constexpr Answer kSmallest = {"pw", "$argon2id$v=19$m=8,t=1,p=1$c3Nzc3Nzc3M$t/EmhfOUdJpyPqozuv5U1A"};

}  // namespace

TEST_CASE("Argon2: knows the answers of other implementations", "[auth]") {
  const auto answer = GENERATE(kSuperSecret, kShortTag, kFourLanes, kLongest, kSmallest);
  INFO(answer.hash);
  const auto phc = PhcString::Parse(answer.hash).value();
  CHECK(VerifyTokenHash(phc, answer.token));
  CHECK_FALSE(VerifyTokenHash(phc, std::string(answer.token) + ' '));
  CHECK_FALSE(VerifyTokenHash(phc, ""));
}

TEST_CASE("Argon2: the order of the parameters does not matter", "[auth]") {
  const auto phc = PhcString::Parse("$argon2id$v=19$p=01,m=8,t=001$c3Nzc3Nzc3M$t/EmhfOUdJpyPqozuv5U1A").value();
  CHECK(VerifyTokenHash(phc, "pw"));
}

TEST_CASE("Argon2: every byte of the tag counts", "[auth]") {
  auto phc = PhcString::Parse(kSmallest.hash).value();
  for (char &byte : phc.tag) {
    byte = static_cast<char>(byte ^ 1);
    CHECK_FALSE(VerifyTokenHash(phc, "pw"));
    byte = static_cast<char>(byte ^ 1);
  }
  CHECK(VerifyTokenHash(phc, "pw"));
}

TEST_CASE("Argon2: a new hash fits its token, has the agreed form and never the same salt", "[auth]") {
  const auto hash = MakeTokenHash("t0ken");
  CHECK_THAT(hash.ToString(),
             Catch::Matches(R"(\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43})"));
  CHECK(VerifyTokenHash(PhcString::Parse(hash.ToString()).value(), "t0ken"));
  CHECK(MakeTokenHash("t0ken").salt != hash.salt);
}

TEST_CASE("Argon2: derivations run at the same time", "[auth]") {
  const auto phc = PhcString::Parse(kSmallest.hash).value();
  bool right = false;
  bool wrong = true;
  std::thread first([&] { right = VerifyTokenHash(phc, "pw"); });
  std::thread second([&] { wrong = VerifyTokenHash(phc, "px"); });
  first.join();
  second.join();
  CHECK(right);
  CHECK_FALSE(wrong);
}
