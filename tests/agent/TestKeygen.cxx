// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "auth/AuthorizedKeys.hxx"
#include "auth/Ed25519PrivateKey.hxx"
#include "base/Strings.hxx"
#include "tests/agent/LookoutProgram.hxx"

using namespace lookout;
using Catch::Contains;
using Catch::StartsWith;

TEST_CASE("keygen: what it prints is a key file and ends with the line for the controller", "[cli]") {
  const TempDir directory;
  const auto made = RunLookout(directory, "keygen --comment 'edge 1'");
  CHECK(made.exit_code == 0);
  CHECK_THAT(made.out, StartsWith("-----BEGIN PRIVATE KEY-----\n") && Contains("-----\ned25519 "));
  const auto key = ParsePrivateKey(made.out);
  REQUIRE(key);
  CHECK_THAT(made.out, Catch::EndsWith(FormatAuthorizedKey(key->PublicKey(), "edge 1").value() + '\n'));
  CHECK_THAT(made.err, Contains(key->PublicKey().Id()) && !Contains("BEGIN"));
}

TEST_CASE("keygen: --out makes a private file and never replaces one", "[cli]") {
  const TempDir directory;
  const auto made = RunLookout(directory, "keygen --out key.pem");
  CHECK(made.exit_code == 0);
  CHECK(ModeOf(directory.Join("key.pem")) == 0600);
  const auto key = LoadPrivateKey(directory.Join("key.pem")).value();
  CHECK(made.out == FormatAuthorizedKey(key.PublicKey(), "").value() + '\n');

  const auto again = RunLookout(directory, "keygen --out key.pem");
  CHECK(again.exit_code == 1);
  CHECK(again.out.empty());
  CHECK_THAT(again.err, Contains("'key.pem' exists and is not overwritten"));
  CHECK(LoadPrivateKey(directory.Join("key.pem"))->PublicKey() == key.PublicKey());
}

TEST_CASE("keygen: --pub-from prints the line of an existing key, under the rules of key files", "[cli]") {
  const TempDir directory;
  const auto key = Ed25519PrivateKey::Generate();
  directory.Write("key.pem", key.ToPem().Reveal());
  const auto shown = RunLookout(directory, "keygen -pub-from key.pem -comment c");
  CHECK(shown.exit_code == 0);
  CHECK(shown.out == FormatAuthorizedKey(key.PublicKey(), "c").value() + '\n');

  directory.Write("open.pem", key.ToPem().Reveal(), 0644);
  const auto refused = RunLookout(directory, "keygen --pub-from open.pem");
  CHECK(refused.exit_code == 1);
  CHECK(refused.out.empty());
  CHECK_THAT(refused.err, Contains("chmod 0640 open.pem"));
  CHECK(RunLookout(directory, "keygen --pub-from missing.pem").exit_code == 1);
}

TEST_CASE("keygen: a comment of two lines is refused before anything is written", "[cli]") {
  const TempDir directory;
  CHECK(RunLookout(directory, "keygen --out key.pem --comment \"$(printf 'a\\nb')\"").exit_code == 1);
  CHECK(ModeOf(directory.Join("key.pem")) == 0);
}

TEST_CASE("keygen: says so when the output lands in a file that others can read", "[cli]") {
  const TempDir directory;
  CHECK_THAT(RunLookout(directory, "keygen").err, Contains("chmod 0600"));
  CHECK(RunLookout(directory, "keygen | cat").exit_code == 0);
}

TEST_CASE("keygen: an output that is full is an error", "[cli]") {
  const TempDir directory;
  const auto failed = RunLookout(directory, "keygen >/dev/full");
  CHECK(failed.exit_code == 1);
  CHECK_THAT(failed.err, Contains("No space left"));
}
