// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <string>

#include "agent/CodePages.hxx"

using namespace lookout;

namespace {

/** KiB of code in memory, of whatever file: proc(5), smaps. */
size_t ResidentCode() {
  std::ifstream maps("/proc/self/smaps");
  bool is_code = false;
  size_t sum = 0;
  for (std::string line; std::getline(maps, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    words >> first >> second;
    if (first.find('-') != std::string::npos && !first.ends_with(':')) is_code = second == "r-xp";
    if (is_code && first == "Rss:") sum += std::stoul(second);
  }
  return sum;
}

}  // namespace

TEST_CASE("CodePages: code that has run takes no memory until it runs again", "[instance]") {
  const size_t before = ResidentCode();
  REQUIRE(before > 1000);
  UnmapUsedCode();
  CHECK(ResidentCode() < before * 3 / 4);
}
