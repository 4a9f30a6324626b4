// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/agent/ConfigFixture.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

struct CredentialFixture : ConfigFixture {
  CredentialFixture() {
    environment["CREDENTIALS_DIRECTORY"] = credentials.Path().string();
    credentials.Write("lookout_private-key", Ed25519PrivateKey::Generate().ToPem().Reveal(), 0400);
  }

  TempDir credentials;
};

}  // namespace

TEST_CASE_METHOD(CredentialFixture, "ServiceCredentials: stand in for settings without a value", "[config]") {
  environment.erase("PRIVATE_KEY_FILE");
  const auto loaded = Load();
  CHECK(loaded.errors.empty());
  CHECK(loaded.config.private_key_file == credentials.Join("lookout_private-key"));
  CHECK(loaded.origins.at("PRIVATE_KEY_FILE") == "credential lookout_private-key");
}

TEST_CASE_METHOD(CredentialFixture, "ServiceCredentials: what is configured counts", "[config]") {
  const auto configured = environment.at("PRIVATE_KEY_FILE");
  CHECK(Load().config.private_key_file == configured);
}

TEST_CASE_METHOD(CredentialFixture, "ServiceCredentials: a token is read like that of TOKEN_FILE", "[config]") {
  environment.erase("DRYDOCK_URL");
  credentials.Write("lookout_token", "from the manager\n", 0400);
  auto loaded = Load();
  CHECK(loaded.errors.empty());
  CHECK(loaded.config.token.Reveal() == "from the manager");
  CHECK(Load("TOKEN", "from the environment").config.token.Reveal() == "from the manager");
  credentials.Write("lookout_token", "open to all\n", 0444);
  loaded = Load();
  REQUIRE(loaded.errors.size() == 1);
  CHECK_THAT(loaded.errors[0], Contains("TOKEN_FILE") && Contains("0444"));
}

TEST_CASE_METHOD(CredentialFixture, "ServiceCredentials: none without a directory", "[config]") {
  environment.erase("PRIVATE_KEY_FILE");
  CHECK_FALSE(Load("CREDENTIALS_DIRECTORY", "").errors.empty());
  environment.erase("CREDENTIALS_DIRECTORY");
  CHECK_FALSE(Load().errors.empty());
}
