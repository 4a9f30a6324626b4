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
      {"2024-02-29T23:59:59-23:59", true},
      {"2023-02-29T00:00:00Z", false},
      {"2024-13-01T00:00:00Z", false},
      {"2024-05-00T00:00:00Z", false},
      {"2024-05-01T24:00:00Z", false},
      {"2024-05-01T10:60:00Z", false},
      {"2024-05-01T10:11:60Z", false},
      {"2024-05-01T10:11:12+24:00", false},
      {"2024-05-01T10:11:12+02:60", false},
      {"yesterday", false},
      {"", false},
  }));
  CHECK(UsableDate(text) == (usable ? text : ""));
}
