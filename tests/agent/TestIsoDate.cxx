// SPDX-License-Identifier: Apache-2.0
#include "agent/IsoDate.hxx"

#include <catch2/catch.hpp>

using lookout::UsableDate;

TEST_CASE("IsoDate: dates the controller can read, and no other", "[inventory]") {
  const auto [text, usable] = GENERATE(table<std::string_view, bool>({
      {"2024-05-01T10:11:12Z", true},
      {"2024-05-01T10:11:12.123456789Z", true},
      {"2024-05-01T10:11:12+02:00", true},
      {"0001-01-01T00:00:00Z", false},
      {"2024-05-01T10:11:12", false},
      {"2024-05-01T10:11:12.Z", false},
      {"2024-05-01T10:11:12.5", false},
      {"2024-05-01", false},
      {"yesterday", false},
      {"", false},
  }));
  CHECK(UsableDate(text) == (usable ? text : ""));
}
