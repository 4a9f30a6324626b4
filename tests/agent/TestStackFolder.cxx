// SPDX-License-Identifier: Apache-2.0
#include "agent/StackFolder.hxx"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <thread>

#include "tests/support/TempDir.hxx"

using namespace lookout;
namespace fs = std::filesystem;

namespace {

struct Fixture {
  TempDir temp;
  fs::path root = temp.Path() / "stacks";
  fs::path outside = temp.Path() / "outside";

  Fixture() {
    ::umask(0022);
    fs::create_directory(outside);
  }
  Result<StackFolder> Open(std::string_view directory, bool create = true) {
    return StackFolder::Open(root.string(), directory, create);
  }
};

}  // namespace

TEST_CASE("StackFolder: makes what is missing, with modes that fit", "[stack]") {
  Fixture f;
  auto folder = f.Open("team/app");
  REQUIRE(folder);
  CHECK(folder->Path() == (f.root / "team/app").string());
  REQUIRE(folder->WriteFile("docker-compose.yml", "services: {}", 0644));
  REQUIRE(folder->WriteFile("etc/conf/a.txt", "x", 0644));
  REQUIRE(folder->WriteFile("secret", "s", 0600));
  CHECK(ReadFile(f.root / "team/app/docker-compose.yml") == "services: {}");
  CHECK(ModeOf(f.root) == 0750);
  CHECK(ModeOf(f.root / "team/app") == 0750);
  CHECK(ModeOf(f.root / "team/app/etc/conf") == 0755);
  CHECK(ModeOf(f.root / "team/app/etc/conf/a.txt") == 0644);
  CHECK(ModeOf(f.root / "team/app/secret") == 0600);
}

TEST_CASE("StackFolder: without create, nothing is made", "[stack]") {
  Fixture f;
  CHECK_FALSE(f.Open("app", false));
  CHECK_FALSE(fs::exists(f.root));
  REQUIRE(f.Open("app"));
  CHECK(f.Open("app", false));
  CHECK_FALSE(f.Open("other", false));
  CHECK_FALSE(fs::exists(f.root / "other"));
}

TEST_CASE("StackFolder: a file is replaced whole, and no draft stays", "[stack]") {
  Fixture f;
  auto folder = f.Open("app");
  REQUIRE(folder->WriteFile("a", "first", 0644));
  const int old = ::open((f.root / "app/a").c_str(), O_RDONLY);
  REQUIRE(folder->WriteFile("a", "second", 0644));
  char byte = 0;
  CHECK(::pread(old, &byte, 1, 0) == 1);
  CHECK(byte == 'f');  // who had it open still reads the old one, not half of each
  ::close(old);
  CHECK(ReadFile(f.root / "app/a") == "second");
  CHECK(std::distance(fs::directory_iterator(f.root / "app"), {}) == 1);
}

TEST_CASE("StackFolder: symbolic links lead nowhere", "[stack]") {
  Fixture f;
  fs::create_directories(f.root / "app");
  std::ofstream(f.outside / "target") << "untouched";
  SECTION("as the stack") {
    fs::create_symlink(f.outside, f.root / "link");
    CHECK_FALSE(f.Open("link"));
    CHECK_FALSE(f.Open("link/deeper"));
  }
  SECTION("as a parent") {
    fs::create_symlink(f.outside, f.root / "app/sub");
    CHECK_FALSE(f.Open("app")->WriteFile("sub/file", "x", 0644));
    CHECK_FALSE(fs::exists(f.outside / "file"));
  }
  SECTION("as a parent, within the stack") {
    fs::create_directory(f.root / "app/real");
    fs::create_symlink("real", f.root / "app/sub");
    CHECK_FALSE(f.Open("app")->WriteFile("sub/file", "x", 0644));
  }
  SECTION("as the file to be written") {
    fs::create_symlink(f.outside / "target", f.root / "app/file");
    CHECK_FALSE(f.Open("app")->WriteFile("file", "x", 0644));
  }
  SECTION("as a file to be written that is not there yet") {
    fs::create_symlink(f.outside / "new", f.root / "app/file");
    CHECK_FALSE(f.Open("app")->WriteFile("file", "x", 0644));
    CHECK_FALSE(fs::exists(f.outside / "new"));
  }
  SECTION("as the file to be read") {
    fs::create_symlink(f.outside / "target", f.root / "app/file");
    CHECK_FALSE(f.Open("app")->ReadFile("file", 100));
  }
  CHECK(ReadFile(f.outside / "target") == "untouched");
}

TEST_CASE("StackFolder: a folder that is swapped for a link again and again", "[stack]") {
  Fixture f;
  fs::create_directories(f.root / "app/sub");
  std::atomic<bool> stop = false;
  std::thread swapper([&] {
    const auto sub = f.root / "app/sub";
    const auto aside = f.root / "app/aside";
    while (!stop) {
      std::error_code ignored;
      fs::rename(sub, aside, ignored);
      fs::create_directory_symlink(f.outside, sub, ignored);
      fs::remove(sub, ignored);
      fs::rename(aside, sub, ignored);
    }
  });
  auto folder = f.Open("app");
  REQUIRE(folder);
  int written = 0;
  for (int i = 0; i < 300; ++i) {
    if (folder->WriteFile("sub/file", "x", 0644)) ++written;
  }
  stop = true;
  swapper.join();
  CHECK(fs::is_empty(f.outside));
  INFO("written " << written);
}

TEST_CASE("StackFolder: other things in a file's place are left alone", "[stack]") {
  Fixture f;
  auto folder = f.Open("app");
  fs::create_directory(f.root / "app/dir");
  REQUIRE(::mkfifo((f.root / "app/fifo").c_str(), 0644) == 0);
  CHECK_FALSE(folder->WriteFile("dir", "x", 0644));
  CHECK_FALSE(folder->WriteFile("fifo", "x", 0644));
  CHECK_FALSE(folder->ReadFile("dir", 100));
  CHECK_FALSE(folder->ReadFile("fifo", 100));  // and does not wait for a writer
  REQUIRE(folder->WriteFile("file", "x", 0644));
  CHECK_FALSE(folder->WriteFile("file/below", "x", 0644));
}

TEST_CASE("StackFolder: reads up to a limit", "[stack]") {
  Fixture f;
  auto folder = f.Open("app");
  CHECK(*folder->ReadFile("none", 10) == std::nullopt);
  REQUIRE(folder->WriteFile("a", "0123456789", 0644));
  CHECK(**folder->ReadFile("a", 10) == "0123456789");
  CHECK_FALSE(folder->ReadFile("a", 9));
}
