// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/Glob.hxx"

using lookout::MatchesGlob;

TEST_CASE("Glob: stars, question marks and case", "[agent]") {
  const auto [pattern, text, expected] = GENERATE(table<std::string_view, std::string_view, bool>({
      {"*PASSWORD*", "DB_PASSWORD", true},
      {"*PASSWORD*", "db_password_file", true},
      {"*_TOKEN", "GH_TOKEN", true},
      {"*_TOKEN", "GH_TOKENS", false},
      {"A?C", "abc", true},
      {"A?C", "AC", false},
      {"*", "", true},
      {"", "", true},
      {"", "A", false},
      {"a*b*c", "a1b2b3c", true},
      {"a*b*c", "a1b2b3", false},
      {"***", "x", true},
      {"KEY", "KEY", true},
      {"KEY", "KEYS", false},
  }));
  CAPTURE(pattern, text);
  CHECK(MatchesGlob(pattern, text) == expected);
}
