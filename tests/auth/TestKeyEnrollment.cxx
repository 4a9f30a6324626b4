// SPDX-License-Identifier: Apache-2.0
#include "auth/KeyEnrollment.hxx"

#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "auth/AuthorizedKeys.hxx"
#include "tests/auth/Vectors.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using Catch::Contains;
using Verdict = KeyEnrollment::Verdict;

namespace {

constexpr std::string_view kLine = "ed25519 4uR5Bj2c3Tx8VkWK7hNqHYZ4OA2CpIza/bO8kibhB4w= enrolled:453eb1222a9a1412\n";

Ed25519PublicKey Key() {
  return KeyOf(kSeed).PublicKey();
}

Ed25519PublicKey OtherKey() {
  return KeyOf(kRfcSeed).PublicKey();
}

size_t FilesIn(const TempDir &directory) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(directory.Path()), {}));
}

KeyEnrollment Open(const TempDir &directory, std::string_view token = "t0ken") {
  return {Secret(token), directory.Join("keys"), directory.Join("used")};
}

}  // namespace

TEST_CASE("AddAuthorizedKey: makes the file", "[auth]") {
  const TempDir directory;
  CHECK(AddAuthorizedKey(directory.Join("keys"), Key()) == true);
  CHECK(ReadFile(directory.Join("keys")) == kLine);
  CHECK(ModeOf(directory.Join("keys")) == 0600);
  CHECK(FilesIn(directory) == 1);
}

TEST_CASE("AddAuthorizedKey: keeps what is there, with or without a last line feed", "[auth]") {
  const TempDir directory;
  const auto other = FormatAuthorizedKey(OtherKey(), "first").value();
  const std::string before = "# mine\n\n" + other + GENERATE("", "\n", " ", "\r\n");
  const auto path = directory.Write("keys", before, 0640);
  CHECK(AddAuthorizedKey(path, Key()) == true);
  CHECK(ReadFile(path) == before + (before.back() == '\n' ? "" : "\n") + std::string(kLine));
  CHECK(ModeOf(path) == 0640);
  const auto keys = LoadAuthorizedKeys(path).value();
  CHECK(keys.Entries().size() == 2);
  CHECK(keys.Find(OtherKey().Id())->comment == "first");
}

TEST_CASE("AddAuthorizedKey: a key that is listed is not added again", "[auth]") {
  const TempDir directory;
  const auto path = directory.Write("keys", FormatAuthorizedKey(Key(), "by hand").value());
  CHECK(AddAuthorizedKey(path, Key()) == false);
  CHECK(ReadFile(path) == FormatAuthorizedKey(Key(), "by hand").value());
}

TEST_CASE("AddAuthorizedKey: a link stays a link", "[auth]") {
  const TempDir directory;
  const auto path = directory.Write("real", "");
  REQUIRE(::symlink("real", directory.Join("keys").c_str()) == 0);
  CHECK(AddAuthorizedKey(directory.Join("keys"), Key()) == true);
  CHECK(ReadFile(path) == kLine);
  CHECK(std::filesystem::is_symlink(directory.Join("keys")));
}

TEST_CASE("AddAuthorizedKey: keeps owner and group", "[auth]") {
  if (::geteuid() != 0) return;  // nobody else can give files away
  const TempDir directory;
  const auto path = directory.Write("keys", "");
  REQUIRE(::chown(path.c_str(), 1234, 2345) == 0);
  CHECK(AddAuthorizedKey(path, Key()) == true);
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK(status.st_uid == 1234);
  CHECK(status.st_gid == 2345);
}

TEST_CASE("AddAuthorizedKey: refuses files that others can write, and full ones, and leaves them alone", "[auth]") {
  const TempDir directory;
  const auto open = directory.Write("open", "", 0666);
  CHECK_THAT(AddAuthorizedKey(open, Key()).error().message, Contains("chmod"));
  CHECK(ReadFile(open).empty());
  const auto full = directory.Write("full", std::string(1024 * 1024 - 10, '#'));
  CHECK_THAT(AddAuthorizedKey(full, Key()).error().message, Contains("is full"));
  CHECK(ReadFile(full).size() == 1024 * 1024 - 10);
  CHECK_THAT(AddAuthorizedKey(directory.Join("no/keys"), Key()).error().message, Contains("cannot create"));
  CHECK_FALSE(AddAuthorizedKey(directory.Path(), Key()));
  CHECK(FilesIn(directory) == 2);
}

TEST_CASE("KeyEnrollment: takes one key for the right token, then none", "[auth]") {
  const TempDir directory;
  auto enrollment = Open(directory);
  CHECK(enrollment.CheckToken("") == Verdict::WrongToken);
  CHECK(enrollment.CheckToken("t0ke") == Verdict::WrongToken);
  CHECK(enrollment.CheckToken("t0ken") == Verdict::Open);
  CHECK(enrollment.Enroll(Key()));
  CHECK(ReadFile(directory.Join("keys")) == kLine);
  CHECK(enrollment.CheckToken("t0ken") == Verdict::Used);
  CHECK(enrollment.CheckToken("wrong") == Verdict::Used);
}

TEST_CASE("KeyEnrollment: a used token stays used after a restart, and a new one works", "[auth]") {
  const TempDir directory;
  REQUIRE(Open(directory).Enroll(Key()));
  CHECK(Open(directory).CheckToken("t0ken") == Verdict::Used);

  auto next = Open(directory, "t0ken2");
  CHECK(next.CheckToken("t0ken2") == Verdict::Open);
  CHECK(next.Enroll(OtherKey()));
  CHECK(Open(directory, "t0ken2").CheckToken("t0ken2") == Verdict::Used);
  CHECK(Open(directory).CheckToken("t0ken") == Verdict::Used);
  CHECK(LoadAuthorizedKeys(directory.Join("keys"))->Entries().size() == 2);
}

TEST_CASE("KeyEnrollment: the file of used tokens is private and holds none of them", "[auth]") {
  const TempDir directory;
  REQUIRE(Open(directory).Enroll(Key()));
  CHECK(ModeOf(directory.Join("used")) == 0600);
  CHECK_THAT(ReadFile(directory.Join("used")), Catch::Matches("[0-9a-f]{64}\n") && !Contains("t0ken"));
}

TEST_CASE("KeyEnrollment: a failure does not use the token up", "[auth]") {
  const TempDir directory;
  const auto keys = directory.Write("keys", "", 0666);
  auto enrollment = Open(directory);
  CHECK_THAT(enrollment.Enroll(Key()).error().message, Contains("chmod"));
  CHECK(enrollment.CheckToken("t0ken") == Verdict::Open);
  CHECK(Open(directory).CheckToken("t0ken") == Verdict::Open);
  REQUIRE(::chmod(keys.c_str(), 0600) == 0);
  CHECK(enrollment.Enroll(Key()));
}

TEST_CASE("KeyEnrollment: when its use cannot be kept, no key is added", "[auth]") {
  const TempDir directory;
  KeyEnrollment enrollment(Secret("t0ken"), directory.Join("keys"), directory.Join("missing/used"));
  CHECK_THAT(enrollment.Enroll(Key()).error().message, Contains("missing/used"));
  CHECK(enrollment.CheckToken("t0ken") == Verdict::Open);
  CHECK(FilesIn(directory) == 0);
}

TEST_CASE("KeyEnrollment: can be opened again, and enrolling the same key again is a success", "[auth]") {
  const TempDir directory;
  REQUIRE(Open(directory, "old").Enroll(OtherKey()));
  auto enrollment = Open(directory);
  REQUIRE(enrollment.Enroll(Key()));
  REQUIRE(enrollment.Reopen());
  CHECK(Open(directory).CheckToken("t0ken") == Verdict::Open);
  CHECK(Open(directory, "old").CheckToken("old") == Verdict::Used);
  CHECK(enrollment.Enroll(Key()));
  CHECK(LoadAuthorizedKeys(directory.Join("keys"))->Entries().size() == 2);
}

TEST_CASE("KeyEnrollment: does not start without a token, or without knowing whether it was used", "[auth]") {
  const TempDir directory;
  CHECK_THROWS_WITH(Open(directory, ""), Contains("empty"));
  directory.Write("used", "", 0666);
  CHECK_THROWS_WITH(Open(directory), Contains("cannot tell") && Contains("chmod"));
}

TEST_CASE("KeyEnrollment: the file of used tokens does not grow without end", "[auth]") {
  const TempDir directory;
  std::string lines;
  for (int i = 0; i < 900; ++i) lines += std::to_string(i) + '\n' + std::string(60, 'a') + '\n';
  directory.Write("used", lines);
  REQUIRE(Open(directory).Enroll(Key()));
  CHECK(ReadFile(directory.Join("used")).size() <= 33 * 1024);
  CHECK(Open(directory).CheckToken("t0ken") == Verdict::Used);
}
