// SPDX-License-Identifier: Apache-2.0
#include "agent/AccessRules.hxx"

#include <catch2/catch.hpp>

#include "auth/Argon2.hxx"
#include "base/IpAddress.hxx"
#include "tests/agent/ConfigFixture.hxx"
#include "tests/support/TestPki.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

/** The one error, "" when there is none; more than one fail the test. */
std::string OnlyError(const LoadedConfig &loaded) {
  for (const auto &error : loaded.errors) UNSCOPED_INFO(error);
  REQUIRE(loaded.errors.size() <= 1);
  return loaded.errors.empty() ? "" : loaded.errors[0];
}

/** Standard mode, with nothing that proves who asks. */
struct StandardFixture : ConfigFixture {
  StandardFixture() { environment.clear(); }

  void AddTls() {
    const TestCa authority("Test CA");
    const auto server = authority.Issue({{"IP:127.0.0.1"}});
    environment["TLS_CERT"] = directory.Write("server.pem", server.CertificatePem(), 0644);
    environment["TLS_KEY"] = directory.Write("server.key", server.KeyPem());
    directory.Write("ca.pem", authority.Root().CertificatePem(), 0644);
  }
};

}  // namespace

TEST_CASE("AccessRules: nobody is served without proof unless that is meant", "[config]") {
  StandardFixture fixture;
  const auto [bind, allow, remote, error] = GENERATE(table<std::string, std::string, std::string, std::string>({
      {"", "", "", "DRYDOCK_URL: not set, so"},
      {"127.0.0.1", "", "", "DRYDOCK_URL: not set, so"},
      {"127.0.0.1", "", "true", "DRYDOCK_URL: not set, so"},
      {"", "true", "", "ALLOW_UNAUTHENTICATED: covers loopback only, and BIND_ADDRESS is 0.0.0.0"},
      {"::", "true", "", "ALLOW_UNAUTHENTICATED: covers loopback only"},
      {"10.1.2.3", "true", "false", "ALLOW_UNAUTHENTICATED: covers loopback only"},
      {"::ffff:10.1.2.3", "true", "", "ALLOW_UNAUTHENTICATED: covers loopback only"},
      {"127.3.2.1", "true", "", ""},
      {"::ffff:127.0.0.1", "true", "", ""},
      {"::1", "true", "", ""},
      {"[::1]", "true", "", ""},
      {"", "true", "true", ""},
  }));
  CAPTURE(bind, allow, remote);
  fixture.environment = {
      {"BIND_ADDRESS", bind}, {"ALLOW_UNAUTHENTICATED", allow}, {"ALLOW_UNAUTHENTICATED_REMOTE", remote}};
  const auto loaded = fixture.Load();
  if (!error.empty()) {
    CHECK_THAT(OnlyError(loaded), Contains(error));
    return;
  }
  CHECK(OnlyError(loaded).empty());
  REQUIRE(loaded.warnings.size() == 1);
  CHECK_THAT(loaded.warnings[0], Contains("commands Docker"));
}

TEST_CASE("AccessRules: every kind of proof is enough by itself", "[config]") {
  StandardFixture fixture;
  SECTION("token") {
    fixture.environment["TOKEN"] = "a";
  }
  SECTION("token in a file") {
    fixture.environment["TOKEN_FILE"] = fixture.directory.Write("token", "a");
  }
  SECTION("keys, even none") {
    fixture.environment["AUTHORIZED_KEYS"] = fixture.directory.Write("keys", "");
  }
  SECTION("client certificates") {
    fixture.AddTls();
    fixture.environment["TLS_CLIENT_CA"] = fixture.directory.Join("ca.pem");
  }
  const auto loaded = fixture.Load();
  CHECK(OnlyError(loaded).empty());
  CHECK(loaded.warnings.empty());
  CHECK_FALSE(loaded.config.IsEdge());
  CHECK(loaded.config.bind_address == "0.0.0.0");
}

TEST_CASE("AccessRules: what does not fit together is refused", "[config]") {
  StandardFixture fixture;
  fixture.environment["TOKEN"] = "a";
  SECTION("half of a TLS pair") {
    CHECK_THAT(OnlyError(fixture.Load("TLS_CERT", "a")), Contains("TLS_CERT: set without TLS_KEY"));
    fixture.environment.erase("TLS_CERT");
    CHECK_THAT(OnlyError(fixture.Load("TLS_KEY", "a")), Contains("TLS_KEY: set without TLS_CERT"));
  }
  SECTION("client certificates without TLS") {
    CHECK_THAT(OnlyError(fixture.Load("TLS_CLIENT_CA", fixture.directory.Write("ca.pem", ""))),
               Contains("TLS_CLIENT_CA: client certificates need TLS"));
  }
  SECTION("a token and a hash") {
    const auto hash = MakeTokenHash("b").ToString();
    CHECK_THAT(OnlyError(fixture.Load("TOKEN_HASH", hash)), Contains("keep one of them"));
  }
  SECTION("enrollment without a list of keys") {
    CHECK_THAT(OnlyError(fixture.Load("ENROLLMENT_TOKEN", "b")), Contains("set without AUTHORIZED_KEYS"));
  }
}

TEST_CASE("AccessRules: enrollment needs folders that can be written", "[config]") {
  StandardFixture fixture;
  fixture.environment["ENROLLMENT_TOKEN"] = "b";
  fixture.environment["STATE_DIRECTORY"] = fixture.directory.Path();
  fixture.environment["AUTHORIZED_KEYS"] = fixture.directory.Write("keys", "");
  SECTION("both are there") {
    CHECK(OnlyError(fixture.Load()).empty());
  }
  SECTION("a state directory that the start will make") {
    CHECK(OnlyError(fixture.Load("STATE_DIRECTORY", fixture.directory.Join("state"))).empty());
  }
  SECTION("a state directory that cannot be made") {
    CHECK_THAT(OnlyError(fixture.Load("STATE_DIRECTORY", fixture.directory.Join("missing/state"))),
               Catch::StartsWith("ENROLLMENT_TOKEN: cannot write to '") && Contains("No such file") &&
                   Contains("is kept in STATE_DIRECTORY"));
  }
  SECTION("a state directory that is a file") {
    CHECK_THAT(OnlyError(fixture.Load("STATE_DIRECTORY", fixture.directory.Write("file", "", 0644))),
               Contains("Permission denied"));
  }
}

TEST_CASE("AccessRules: files of the listener must be readable", "[config]") {
  StandardFixture fixture;
  fixture.environment["TOKEN"] = "a";
  fixture.AddTls();
  CHECK(OnlyError(fixture.Load()).empty());
  const auto name = GENERATE(as<std::string>(), "TLS_CERT", "TLS_KEY", "TLS_CLIENT_CA");
  CHECK_THAT(OnlyError(fixture.Load(name, fixture.directory.Join("missing"))),
             Catch::StartsWith(name + ": ") && Contains("No such file"));
  if (name == "TLS_KEY") {
    CHECK_THAT(OnlyError(fixture.Load(name, fixture.directory.Write("open", "x", 0644))), Contains("chmod 0640"));
  }
}

TEST_CASE("AccessRules: what the gate could not work with is refused", "[config]") {
  StandardFixture fixture;
  SECTION("a hash that is none") {
    CHECK_THAT(OnlyError(fixture.Load("TOKEN_HASH", "$argon2id$v=19$m=1,t=2,p=1$abc$def")),
               Catch::StartsWith("TOKEN_HASH: ") && Contains("lookout hash-token"));
    fixture.environment.erase("TOKEN_HASH");
    CHECK_THAT(OnlyError(fixture.Load("TOKEN_HASH_FILE", fixture.directory.Write("hash", "secret"))),
               Catch::StartsWith("TOKEN_HASH_FILE: "));
    fixture.environment.erase("TOKEN_HASH_FILE");
    CHECK(OnlyError(fixture.Load("TOKEN_HASH", MakeTokenHash("b").ToString())).empty());
  }
  SECTION("proxies") {
    fixture.environment["TOKEN"] = "a";
    CHECK_THAT(OnlyError(fixture.Load("TRUSTED_PROXIES", "10.0.0.0/8, proxy.test")),
               Catch::StartsWith("TRUSTED_PROXIES: ") && Contains("proxy.test"));
    const auto loaded = fixture.Load("TRUSTED_PROXIES", " 10.0.0.0/8 , ::1,");
    CHECK(OnlyError(loaded).empty());
    const auto proxies = ParseTrustedProxies(loaded.config);
    REQUIRE(proxies);
    CHECK(proxies->Contains(*IpAddress::Parse("10.1.2.3")));
    CHECK(proxies->Contains(*IpAddress::Parse("::1")));
  }
}

TEST_CASE("AccessRules: the operations listener is for this host, unless more is meant", "[config]") {
  ConfigFixture fixture;
  CHECK(OnlyError(fixture.Load("BIND_ADDRESS", "::1")).empty());
  CHECK_THAT(OnlyError(fixture.Load("BIND_ADDRESS", "0.0.0.0")), Contains("BIND_ADDRESS: 0.0.0.0 is not loopback"));
  CHECK(OnlyError(fixture.Load("ALLOW_UNAUTHENTICATED_REMOTE", "true")).empty());
}

TEST_CASE("AccessRules: lines of the key list that are skipped become warnings", "[config]") {
  ConfigFixture fixture;
  const auto path = fixture.directory.Write("keys", "rubbish\n");
  const auto loaded = fixture.Load("AUTHORIZED_KEYS", path);
  CHECK(OnlyError(loaded).empty());
  REQUIRE(loaded.warnings.size() == 1);
  CHECK_THAT(loaded.warnings[0], Contains(path + ":1: "));
}
