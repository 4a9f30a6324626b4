// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/AuthorizedKeys.hxx"
#include "tests/auth/Vectors.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

const std::string kOurs = "ed25519 4uR5Bj2c3Tx8VkWK7hNqHYZ4OA2CpIza/bO8kibhB4w=";
const std::string kRfc = "ed25519 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

}  // namespace

TEST_CASE("AuthorizedKeys: reads keys and comments, skips blanks and notes", "[auth]") {
  const auto keys = AuthorizedKeys::Parse("# fleet\n\n  " + kOurs + "  edge-1   in\tBerlin \r\n\t# note\n" + kRfc);
  REQUIRE(keys.Entries().size() == 2);
  CHECK(keys.Problems().empty());
  REQUIRE(keys.Find("453eb1222a9a1412") != nullptr);
  CHECK(keys.Find("453eb1222a9a1412")->comment == "edge-1 in Berlin");
  CHECK(keys.Find("453eb1222a9a1412")->key == KeyOf(kSeed).PublicKey());
  CHECK(keys.Find("21fe31dfa154a261")->comment.empty());
  CHECK(keys.Find("21FE31DFA154A261") == nullptr);
  CHECK(keys.Find("") == nullptr);
}

TEST_CASE("AuthorizedKeys: of a key listed twice the first line counts", "[auth]") {
  const auto keys = AuthorizedKeys::Parse(kOurs + " first\n" + kOurs + " second\n");
  CHECK(keys.Find("453eb1222a9a1412")->comment == "first");
  REQUIRE(keys.Problems().size() == 1);
  CHECK(keys.Problems()[0].line == 2);
  CHECK_THAT(keys.Problems()[0].reason, Contains("453eb1222a9a1412"));
}

TEST_CASE("AuthorizedKeys: a malformed line is reported and does not hide the others", "[auth]") {
  const auto line = GENERATE(as<std::string>(), "ed25519", "ssh-ed25519 AAAA", "ED25519 " + kOurs.substr(8),
                             "ed25519 AAAA", kOurs.substr(0, kOurs.size() - 1), kOurs + "=",
                             "ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea",
                             std::string("ed25519\0x", 9), "\x01\xff");
  CAPTURE(line);
  const auto keys = AuthorizedKeys::Parse(kRfc + "\n" + line + "\n" + kOurs + "\n");
  CHECK(keys.Entries().size() == 2);
  REQUIRE(keys.Problems().size() == 1);
  CHECK(keys.Problems()[0].line == 2);
}

TEST_CASE("AuthorizedKeys: the report is bounded", "[auth]") {
  std::string text;
  for (int i = 0; i < 1000; ++i) text += "rubbish\n";
  CHECK(AuthorizedKeys::Parse(text + kOurs).Problems().size() == 100);
  CHECK(AuthorizedKeys::Parse(text + kOurs).Entries().size() == 1);
}

TEST_CASE("AuthorizedKeys: what FormatAuthorizedKey writes reads back", "[auth]") {
  const auto key = KeyOf(kSeed).PublicKey();
  CHECK(FormatAuthorizedKey(key, "").value() == kOurs);
  CHECK(FormatAuthorizedKey(key, " edge-1 ").value() == kOurs + " edge-1");
  CHECK(AuthorizedKeys::Parse(FormatAuthorizedKey(key, "a b").value()).Find(key.Id())->comment == "a b");
  CHECK_FALSE(FormatAuthorizedKey(key, "one\ned25519 two"));
  CHECK_FALSE(FormatAuthorizedKey(key, "bell\a"));
}

TEST_CASE("AuthorizedKeys: the file is held to the rules of credential files", "[auth]") {
  const TempDir directory;
  CHECK(LoadAuthorizedKeys(directory.Write("keys", kOurs, 0640)).value().Entries().size() == 1);
  CHECK_THAT(LoadAuthorizedKeys(directory.Write("open", kOurs, 0646)).error().message, Contains("chmod 0640"));
  CHECK_FALSE(LoadAuthorizedKeys(directory.Join("missing")));
}
