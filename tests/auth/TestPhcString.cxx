// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/PhcString.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

const std::string kSalt = "c29tZXNhbHQ";
const std::string kTag = "6vN/AYvL3DYSatd3UZywtw";

std::string With(const std::string &parameters, const std::string &salt = kSalt, const std::string &tag = kTag) {
  return "$argon2id$v=19$" + parameters + "$" + salt + "$" + tag;
}

std::string Letters(size_t bytes) {
  return std::string(bytes / 3 * 4, 'A') + std::string(bytes % 3 == 0 ? 0 : bytes % 3 + 1, 'A');
}

}  // namespace

TEST_CASE("PhcString: reads every part", "[auth]") {
  const auto phc = PhcString::Parse(With("m=19456,t=2,p=1")).value();
  CHECK(phc.memory_kib == 19456);
  CHECK(phc.passes == 2);
  CHECK(phc.lanes == 1);
  CHECK(phc.salt == "somesalt");
  CHECK(phc.tag.size() == 16);
  CHECK(phc.ToString() == With("m=19456,t=2,p=1"));
}

TEST_CASE("PhcString: accepts any order, leading zeros and every bound", "[auth]") {
  CHECK(PhcString::Parse(With("p=1,t=2,m=19456"))->ToString() == With("m=19456,t=2,p=1"));
  CHECK(PhcString::Parse(With("t=0002,p=01,m=019456"))->ToString() == With("m=19456,t=2,p=1"));
  CHECK(PhcString::Parse(With("m=8,t=1,p=1")));
  CHECK(PhcString::Parse(With("m=262144,t=10,p=16")));
  CHECK(PhcString::Parse(With("m=128,t=1,p=16")));
  for (const size_t size : {8, 9, 10, 11, 63, 64}) CHECK(PhcString::Parse(With("m=8,t=1,p=1", Letters(size))));
  for (const size_t size : {16, 32, 64}) CHECK(PhcString::Parse(With("m=8,t=1,p=1", kSalt, Letters(size))));
  CHECK(PhcString::Parse("$argon2id$v=19$m=65536,t=3,p=4$c2FsdHNhbHRz$aGFzaGhhc2hoYXNoaGFzaA"));
}

TEST_CASE("PhcString: says what is wrong", "[auth]") {
  struct Row {
    std::string text;
    std::string reason;
  };
  const auto row = GENERATE(values<Row>({
      {"", "it must have the form"},
      {"supersecret", "it must have the form"},
      {"$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ", "it must have the form"},
      {With("m=19456,t=2,p=1") + "$", "it must have the form"},
      {"x" + With("m=19456,t=2,p=1"), "it must have the form"},
      {"$$$$$$$", "it must have the form"},
      {"$$$$$", "of the kind \"\"; only argon2id"},
      {"$argon2id$m=19456,t=2,p=1$" + kSalt + "$" + kTag, "it must have the form"},
      {"$argon2i$v=19$m=19456,t=2,p=1$" + kSalt + "$" + kTag, "\"argon2i\"; only argon2id"},
      {"$Argon2id$v=19$m=19456,t=2,p=1$" + kSalt + "$" + kTag, "only argon2id"},
      {"$argon2id$v=18$m=19456,t=2,p=1$" + kSalt + "$" + kTag, "\"v=18\" and must be v=19"},
      {"$argon2id$$m=19456,t=2,p=1$" + kSalt + "$" + kTag, "must be v=19"},
      {With(""), "three parameters"},
      {With("m=19456,t=2"), "three parameters"},
      {With("m=19456,t=2,p=1,keyid=x"), "three parameters"},
      {With("m=19456,m=19456,p=1"), "m is given twice"},
      {With("m=19456,t=2,q=1"), "\"q\" is no parameter"},
      {With("m=19456,t=2,"), "\"\" is no parameter"},
      {With("m=19456,t=2,p"), "p is \"\""},
      {With("m=7,t=2,p=1"), "m is \"7\" and must be a number from 8 to 262144"},
      {With("m=4,t=2,p=1"), "m is \"4\""},
      {With("m=15,t=2,p=2"), "m is 15 and must be at least 16 for 2 lanes"},
      {With("m=262145,t=2,p=1"), "m is \"262145\""},
      {With("m=4294986752,t=2,p=1"), "m is \"4294986752\""},
      {With("m=19456,t=0,p=1"), "t is \"0\" and must be a number from 1 to 10"},
      {With("m=19456,t=11,p=1"), "t is \"11\""},
      {With("m=19456,t=4294967298,p=1"), "t is \"4294967298\""},
      {With("m=19456,t=2,p=0"), "p is \"0\" and must be a number from 1 to 16"},
      {With("m=19456,t=2,p=17"), "p is \"17\""},
      {With("m=19456,t=2,p=256"), "p is \"256\""},
      {With("m=19456,t=+2,p=1"), "t is \"+2\""},
      {With("m=19456,t=-2,p=1"), "t is \"-2\""},
      {With("m=19456,t= 2,p=1"), "t is \" 2\""},
      {With("m=0x10,t=2,p=1"), "m is \"0x10\""},
      {With("m=0,t=0,p=0"), "m is \"0\""},
      {With("m=19456,t=2,p=1", ""), "the salt has 0 bytes and must have 8 to 64"},
      {With("m=19456,t=2,p=1", Letters(7)), "the salt has 7 bytes"},
      {With("m=19456,t=2,p=1", Letters(65)), "the salt has 65 bytes"},
      {With("m=19456,t=2,p=1", kSalt, ""), "the tag has 0 bytes and must have 16 to 64"},
      {With("m=19456,t=2,p=1", kSalt, "aGFzaA"), "the tag has 4 bytes"},
      {With("m=19456,t=2,p=1", kSalt, Letters(15)), "the tag has 15 bytes"},
      {With("m=19456,t=2,p=1", kSalt, Letters(65)), "the tag has 65 bytes"},
      {With("m=19456,t=2,p=1", kSalt + "="), "the salt is not base64 without padding"},
      {With("m=19456,t=2,p=1", kSalt, kTag + "=="), "the tag is not base64"},
      {With("m=19456,t=2,p=1", kSalt, "6vN_AYvL3DYSatd3UZywtw"), "the tag is not base64"},
      {With("m=19456,t=2,p=1", kSalt, "not!valid!base64"), "the tag is not base64"},
      {With("m=19456,t=2,p=1", kSalt, kTag + "\n"), "the tag is not base64"},
      {With("m=19456,t=2,p=1", kSalt, Letters(30) + "A"), "the tag is not base64"},
  }));
  INFO(row.text);
  const auto phc = PhcString::Parse(row.text);
  REQUIRE_FALSE(phc);
  CHECK_THAT(phc.error().message, Contains(row.reason));
}
