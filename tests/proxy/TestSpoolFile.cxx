// SPDX-License-Identifier: Apache-2.0
#include "proxy/SpoolFile.hxx"

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>

#include "tests/support/TempDir.hxx"

using namespace lookout;

TEST_CASE("SpoolFile: gives back what was appended, and leaves no name", "[spool]") {
  const TempDir directory;
  auto file = SpoolFile::Create({directory.Join("missing"), directory.Path()});
  REQUIRE(file);
  CHECK(std::filesystem::is_empty(directory.Path()));
  CHECK(file->Append("hello "));
  CHECK(file->Append("world"));
  std::array<char, 8> bytes{};
  CHECK(file->ReadAt(6, bytes) == 5);
  CHECK(std::string_view(bytes.data(), 5) == "world");
  CHECK(file->ReadAt(0, bytes) == 8);
  CHECK(file->ReadAt(11, bytes) == 0);
}

TEST_CASE("SpoolFile: says where no file could be made", "[spool]") {
  const TempDir directory;
  const auto missing = directory.Join("missing");
  const auto file = SpoolFile::Create({missing});
  REQUIRE_FALSE(file);
  CHECK(file.error().message == "cannot make a temporary file in " + missing + ": No such file or directory");
}
