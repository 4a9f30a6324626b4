// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "auth/CredentialFile.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using Catch::Contains;

TEST_CASE("CredentialFile: accepts modes that keep the content private", "[auth]") {
  const TempDir directory;
  const unsigned mode = GENERATE(0400u, 0440u, 0600u, 0640u, 0700u);
  CHECK(ReadCredentialFile(directory.Write("key", "content", mode)).value().Reveal() == "content");
}

TEST_CASE("CredentialFile: refuses other modes and says the chmod that mends them", "[auth]") {
  const TempDir directory;
  const auto [mode, reason, command] = GENERATE(table<unsigned, std::string, std::string>({
      {0644, "has mode 0644 and every user of this host can read it", "chmod 0640 "},
      {0604, "can read it", "chmod 0600 "},
      {0620, "has mode 0620 and its group can write it", "chmod 0600 "},
      {0660, "its group can write it", "chmod 0640 "},
      {0602, "every user of this host can write it", "chmod 0600 "},
      {0666, "can read it", "chmod 0640 "},
      {0040, "owner cannot read it", "chmod 0640 "},
  }));
  if (mode == 0040 && ::geteuid() != 0) return;  // only root gets as far as the check
  const auto path = directory.Write("key", "content", mode);
  CHECK_THAT(ReadCredentialFile(path).error().message,
             Contains(path) && Contains(reason) && Contains("run \"" + command + path + "\""));
}

TEST_CASE("CredentialFile: a file that its owner cannot read is refused, also for root", "[auth]") {
  const TempDir directory;
  CHECK_FALSE(ReadCredentialFile(directory.Write("key", "content", 0200)));
}

TEST_CASE("CredentialFile: the command fits a shell whatever the name", "[auth]") {
  const TempDir directory;
  const auto path = directory.Write("it's a key", "content", 0644);
  CHECK_THAT(ReadCredentialFile(path).error().message,
             Contains("chmod 0640 '" + directory.Path().string() + "/it'\\''s a key'"));
}

TEST_CASE("CredentialFile: only regular files count, and a FIFO does not block", "[auth]") {
  const TempDir directory;
  REQUIRE(::mkfifo(directory.Join("fifo").c_str(), 0600) == 0);
  CHECK_THAT(ReadCredentialFile(directory.Join("fifo")).error().message, Contains("not a regular file"));
  CHECK_THAT(ReadCredentialFile(directory.Path().string()).error().message, Contains("not a regular file"));
  CHECK_THAT(ReadCredentialFile(directory.Join("missing")).error().message, Contains("No such file"));
}

TEST_CASE("CredentialFile: follows symbolic links to the file that is checked", "[auth]") {
  const TempDir directory;
  const auto good = directory.Write("good", "content");
  const auto open = directory.Write("open", "content", 0644);
  REQUIRE(::symlink(good.c_str(), directory.Join("link").c_str()) == 0);
  REQUIRE(::symlink(open.c_str(), directory.Join("open-link").c_str()) == 0);
  CHECK(ReadCredentialFile(directory.Join("link")).value().Reveal() == "content");
  CHECK_FALSE(ReadCredentialFile(directory.Join("open-link")));
}

TEST_CASE("CredentialFile: size is bounded, the bound itself is fine, empty is fine", "[auth]") {
  const TempDir directory;
  CHECK(ReadCredentialFile(directory.Write("exact", std::string(100, 'x')), 100).value().Reveal().size() == 100);
  CHECK_THAT(ReadCredentialFile(directory.Write("large", std::string(101, 'x')), 100).error().message,
             Contains("has 101 bytes"));
  CHECK(ReadCredentialFile(directory.Write("empty", "")).value().IsEmpty());
}

TEST_CASE("CredentialFile: tokens lose the white space around them", "[auth]") {
  const TempDir directory;
  CHECK(ReadTokenFile(directory.Write("token", " \t s3cr et\r\n\n")).value().Reveal() == "s3cr et");
  CHECK(ReadTokenFile(directory.Write("blank", "\n")).value().IsEmpty());
}

TEST_CASE("CredentialFile: new files are private and never replace others", "[auth]") {
  const TempDir directory;
  const auto path = directory.Join("new");
  const auto old_mask = ::umask(0);
  CHECK(CreateCredentialFile(path, "content"));
  ::umask(old_mask);
  CHECK(ModeOf(path) == 0600);
  CHECK(ReadFile(path) == "content");
  CHECK_THAT(CreateCredentialFile(path, "other").error().message, Contains(path) && Contains("not overwritten"));
  CHECK(ReadFile(path) == "content");

  REQUIRE(::symlink(directory.Join("nowhere").c_str(), directory.Join("link").c_str()) == 0);
  CHECK_FALSE(CreateCredentialFile(directory.Join("link"), "content"));
  CHECK_FALSE(CreateCredentialFile(directory.Join("no/such/directory"), "content"));
}

TEST_CASE("CredentialFile: a replacement keeps the mode, and leaves nothing beside it", "[auth]") {
  const TempDir directory;
  const auto path = directory.Write("key", "old", 0440);
  CHECK(ReplaceCredentialFile(path, "new"));
  CHECK(ReadFile(path) == "new");
  CHECK(ModeOf(path) == 0440);
  CHECK(ReplaceCredentialFile(directory.Join("next"), "new"));
  CHECK(ModeOf(directory.Join("next")) == 0600);
  CHECK(std::distance(std::filesystem::directory_iterator(directory.Path()), {}) == 2);
}

TEST_CASE("CredentialFile: only regular files are replaced", "[auth]") {
  const TempDir directory;
  REQUIRE(::mkfifo(directory.Join("fifo").c_str(), 0600) == 0);
  CHECK_THAT(ReplaceCredentialFile(directory.Join("fifo"), "").error().message, Contains("not a regular file"));
  CHECK_THAT(ReplaceCredentialFile(directory.Path(), "").error().message, Contains("not a regular file"));
  CHECK_THAT(ReplaceCredentialFile(directory.Join("no/file"), "").error().message, Contains("cannot create"));
  CHECK_THAT(ReplaceCredentialFile(directory.Write("f", "") + "/file", "").error().message, Contains("cannot find"));
}
