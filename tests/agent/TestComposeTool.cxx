// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeTool.hxx"

#include <catch2/catch.hpp>
#include <optional>
#include <string>

#include "tests/support/FakeClock.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

struct SearchFixture {
  void Add(std::string_view name, std::string_view script) const {
    temp.Write(name, "#!/bin/sh\n" + std::string(script) + "\n", 0755);
  }
  /** "docker compose 2.27.1", or the error. */
  std::string Find() {
    Begin();
    REQUIRE(RunUntil(loop, [&] { return found.has_value(); }));
    return *found;
  }
  void Begin() {
    search = std::make_unique<ComposeToolSearch>(loop, reaper, temp.Path().string(), [this](auto result) {
      if (!result) {
        found = result.error().message;
        return;
      }
      found.emplace();
      for (const auto &word : result->command) *found += word.substr(word.rfind('/') + 1) + " ";
      *found += result->version + (result->IsFirstGeneration() ? " (first)" : "");
    });
  }

  TempDir temp;
  FakeClock clock;
  EventLoop loop{clock};
  ChildReaper reaper{loop};
  std::optional<std::string> found;
  std::unique_ptr<ComposeToolSearch> search;
};

}  // namespace

TEST_CASE("ComposeTool: any generation is found by what it says of itself", "[compose]") {
  SearchFixture f;
  const auto [says, found] = GENERATE(table<std::string, std::string>({
      {"2.27.1", "docker compose 2.27.1"},
      {"v2.40.3-desktop.1", "docker compose 2.40.3-desktop.1"},
      {"v5.0.1", "docker compose 5.0.1"},
      {"10.0", "docker compose 10.0"},
      {"Docker Compose version v2.1", "docker-compose 1.29.2 (first)"},
      {"", "docker-compose 1.29.2 (first)"},
  }));
  CAPTURE(says);
  f.Add("docker", R"([ "$*" = "compose version --short" ] && echo ")" + says + "\"");
  f.Add("docker-compose", R"([ "$*" = "version --short" ] && echo 1.29.2)");
  CHECK(f.Find() == found);
}

TEST_CASE("ComposeTool: a docker without compose, and no tool at all", "[compose]") {
  SearchFixture f;
  f.Add("docker", "echo \"docker: 'compose' is not a docker command.\" >&2; exit 1");
  CHECK_THAT(f.Find(), Catch::StartsWith("no compose tool on this host") && Catch::Contains(f.temp.Path().string()));
}

TEST_CASE("ComposeTool: one that hangs is left after its time", "[compose]") {
  SearchFixture f;
  f.Add("docker", "echo $$ > \"" + f.temp.Join("pid") + "\"; exec /bin/sleep 600");
  f.Add("docker-compose", "echo 2.5.0");
  f.Begin();
  REQUIRE(RunUntil(f.loop, [&] { return std::filesystem::exists(f.temp.Join("pid")); }));
  f.clock.Advance(std::chrono::seconds(9));
  RunFor(f.loop, std::chrono::milliseconds(20));
  CHECK_FALSE(f.found.has_value());
  f.clock.Advance(std::chrono::seconds(1));
  REQUIRE(RunUntil(f.loop, [&] { return f.found.has_value(); }));
  CHECK(*f.found == "docker-compose 2.5.0");
}
