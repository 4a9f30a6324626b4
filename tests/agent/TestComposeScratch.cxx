// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeScratch.hxx"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/TempDir.hxx"

using namespace lookout;

TEST_CASE("ComposeScratch: credentials lie in memory, for us alone, and go away", "[compose]") {
  std::string path;
  {
    const ComposeScratch scratch(RegistryLogin{"https://GHCR.io/v2", "user", Secret("pass")});
    path = scratch.Path();
    struct statfs where {};
    REQUIRE(::statfs(path.c_str(), &where) == 0);
    CHECK(where.f_type == TMPFS_MAGIC);
    CHECK(ModeOf(path) == 0700);
    CHECK(ReadFile(path + "/config.json") == R"({"auths":{"ghcr.io":{"auth":"dXNlcjpwYXNz"}}})");
    std::ofstream(path + "/left-by-the-tool") << "x";
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("ComposeScratch: Docker's own registry has a name of its own", "[compose]") {
  for (const auto *const server :
       {"https://docker.io", "https://index.docker.io/v1/", "https://registry-1.docker.io"}) {
    CHECK(FormatDockerConfig({server, "u", Secret("p")}) ==
          R"({"auths":{"https://index.docker.io/v1/":{"auth":"dTpw"}}})");
  }
}

TEST_CASE("ComposeScratch: what a killed process has left is removed, and nothing else", "[compose]") {
  const pid_t gone = ::fork();
  if (gone == 0) ::_exit(0);
  REQUIRE(::waitpid(gone, nullptr, 0) == gone);
  const auto left = "/dev/shm/lookout-compose-" + std::to_string(gone) + "-abcdef";
  std::filesystem::create_directory(left);
  std::ofstream(left + "/config.json") << "{}";
  const auto foreign = "/dev/shm/lookout-composer-" + std::to_string(gone);
  std::filesystem::create_directory(foreign);
  const ComposeScratch alive(std::nullopt);
  ComposeScratch::RemoveLeftOvers();
  CHECK_FALSE(std::filesystem::exists(left));
  CHECK(std::filesystem::exists(foreign));
  CHECK(std::filesystem::exists(alive.Path()));
  std::filesystem::remove(foreign);
}
