// SPDX-License-Identifier: Apache-2.0
#include "auth/KeyRing.hxx"

#include <catch2/catch.hpp>

#include "auth/Ed25519PrivateKey.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using Names = std::vector<std::string>;

namespace {

std::string LineOf(const Ed25519PublicKey &key, std::string_view comment) {
  return FormatAuthorizedKey(key, comment).value() + "\n";
}

}  // namespace

TEST_CASE("KeyRing: reads its file again and tells what has changed", "[keys]") {
  const TempDir directory;
  const auto first = Ed25519PrivateKey::Generate().PublicKey();
  const auto second = Ed25519PrivateKey::Generate().PublicKey();
  const auto path = directory.Write("keys", LineOf(first, "one"));
  KeyRing ring(path);
  CHECK(ring.IsConfigured());
  CHECK(ring.Path() == path);
  CHECK(ring.Keys().Find(first.Id()) != nullptr);

  directory.Write("keys", "rubbish\n" + LineOf(second, ""));
  const auto changes = ring.Reload();
  REQUIRE(changes);
  CHECK(changes->added == Names{second.Id()});
  CHECK(changes->removed == Names{first.Id() + " (one)"});
  REQUIRE(changes->problems.size() == 1);
  CHECK(changes->problems[0].line == 1);
  CHECK(ring.Keys().Find(first.Id()) == nullptr);
  CHECK(ring.Reload()->added.empty());
}

TEST_CASE("KeyRing: a file that cannot be used leaves the keys as they are", "[keys]") {
  const TempDir directory;
  const auto key = Ed25519PrivateKey::Generate().PublicKey();
  KeyRing ring(directory.Write("keys", LineOf(key, "")));
  directory.Write("keys", "", 0644);
  CHECK_FALSE(ring.Reload());
  CHECK(ring.Keys().Find(key.Id()) != nullptr);
  CHECK_THROWS_WITH(KeyRing(directory.Join("missing")), Catch::Contains("missing") && Catch::Contains("No such file"));
}

TEST_CASE("KeyRing: without a file nobody signs", "[keys]") {
  KeyRing ring;
  CHECK_FALSE(ring.IsConfigured());
  CHECK(ring.Reload());
  CHECK(ring.Keys().Entries().empty());
}
