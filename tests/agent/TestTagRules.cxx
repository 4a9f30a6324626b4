// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/TagRules.hxx"

using namespace lookout;

TEST_CASE("TagRules: version and precision of a tag", "[agent]") {
  const auto [tag, version, specific] = GENERATE(table<std::string_view, bool, bool>({
      {"1.2.3", true, true},
      {"v1.2.3", true, true},
      {"1.2.3-alpine", true, true},
      {"1.2.3beta+build.5", true, true},
      {"1.2.3.4", true, true},
      {"v2024.01.02.03", true, true},
      {"2024.01.02", true, true},
      {"2024.01.02-rc.1", true, true},
      {"2024.01.02_x", false, false},
      {"2024.01", false, false},
      {"1.2", true, false},
      {"7", true, false},
      {"7-alpine", true, false},
      {"01", false, false},
      {"0", true, false},
      {"bookworm-20240102", true, false},
      {"alpine3.19", true, false},
      {"release-1.2.3", true, true},
      {"3f4e2ab", true, false},
      {"12345678901234567", false, false},
      {"12345678901234567-v1", true, false},
      {"1.12345678901234567", true, false},
      {"9999999999999999", false, false},
      {"latest", false, false},
      {"unknown", false, false},
      {"", false, false},
      {"1..2", true, false},
      {"...", false, false},
  }));
  CAPTURE(tag);
  CHECK(IsVersionTag(tag) == version);
  CHECK(IsSpecificTag(tag) == specific);
}

TEST_CASE("TagRules: a tag that is transformed is a version when it holds a number", "[agent]") {
  CHECK(IsVersionTag("2024.01", "(.*) => $1.0"));
  CHECK_FALSE(IsVersionTag("2024.01", ""));
  CHECK_FALSE(IsVersionTag("latest", "(.*) => $1.0"));
}

TEST_CASE("TagRules: the label decides over the digest, else the tag", "[agent]") {
  CHECK(WatchesDigest("latest", ""));
  CHECK(WatchesDigest("1.2.3", ""));
  CHECK_FALSE(WatchesDigest("unknown", ""));
  CHECK_FALSE(WatchesDigest("", ""));
  CHECK(WatchesDigest("unknown", "true"));
  CHECK_FALSE(WatchesDigest("latest", "false"));
  CHECK_FALSE(WatchesDigest("latest", "yes"));
}
