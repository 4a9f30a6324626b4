// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/CheckConfig.hxx"
#include "agent/Setting.hxx"
#include "auth/Ed25519PrivateKey.hxx"
#include "tests/agent/ConfigFixture.hxx"
#include "tests/agent/LookoutProgram.hxx"

using namespace lookout;
using Catch::Contains;

namespace {

/** The line of one setting. */
std::string LineOf(const std::string &text, const std::string &name) {
  const auto start = ("\n" + text).find("\n" + name + ' ');
  return start == std::string::npos ? "" : text.substr(start, text.find('\n', start) - start);
}

}  // namespace

TEST_CASE("CheckConfig: shows every setting in the table's order, with its origin", "[cli]") {
  ConfigFixture fixture;
  fixture.environment["PORT"] = "4000";
  const auto path = fixture.WriteFile("LOG_LEVEL=debug\n");
  const auto text = DescribeConfig(fixture.Load());
  size_t position = 0;
  for (const auto &setting : AllSettings()) {
    const auto found = text.find(std::string(setting.name) + ' ', position);
    CAPTURE(setting.name);
    REQUIRE(found != std::string::npos);
    position = found;
  }
  CHECK_THAT(LineOf(text, "PORT"), Contains(" 4000 ") && Contains("environment"));
  CHECK_THAT(LineOf(text, "LOG_LEVEL"), Contains(" debug ") && Contains(path + ":1"));
  CHECK_THAT(LineOf(text, "HOST_PROC"), Contains(" /proc ") && Contains("default"));
  CHECK_THAT(LineOf(text, "AGENT_NAME"), Contains("the host's name"));
}

TEST_CASE("CheckConfig: masks every secret", "[cli]") {
  ConfigFixture fixture;
  fixture.environment["TOKEN"] = "s3cret-token";
  fixture.environment["ENROLLMENT_TOKEN"] = "s3cret-enroll";
  fixture.environment["HTTPS_PROXY"] = "http://user:s3cret-proxy@proxy.test:3128";
  const auto text = DescribeConfig(fixture.Load());
  CHECK_THAT(text, !Contains("s3cret"));
  CHECK_THAT(LineOf(text, "TOKEN"), Contains("(hidden)"));
  CHECK_THAT(LineOf(text, "HTTPS_PROXY"), Contains("proxy.test:3128"));
}

TEST_CASE("CheckConfig: shows the kept id and makes none", "[cli]") {
  ConfigFixture fixture;
  fixture.environment["STATE_DIRECTORY"] = fixture.directory.Join("state");
  CHECK_THAT(LineOf(DescribeConfig(fixture.Load()), "AGENT_ID"), Contains("made at the first start"));
  CHECK(ModeOf(fixture.directory.Join("state")) == 0);
  fixture.environment["STATE_DIRECTORY"] = fixture.directory.Path();
  fixture.directory.Write("agent-id", "edge-7");
  CHECK_THAT(LineOf(DescribeConfig(fixture.Load()), "AGENT_ID"), Contains(" edge-7 "));
}

TEST_CASE("lookout: exit codes tell wrong usage from a wrong configuration", "[cli]") {
  const TempDir directory;
  const auto config = directory.Write("conf", "");
  CHECK(RunLookout(directory, "bogus").exit_code == 64);
  CHECK(RunLookout(directory, "--help").exit_code == 0);
  CHECK(RunLookout(directory, "bogus").out.empty());

  const auto wrong = RunLookout(directory, "check-config --config conf", "PORT=x");
  CHECK(wrong.exit_code == 78);
  CHECK_THAT(wrong.err, Contains("lookout: error: PORT: \"x\"") && Contains("lookout: error: DRYDOCK_URL: not set"));
  const auto start = RunLookout(directory, "--config conf", "PORT=x");
  CHECK(start.exit_code == 78);
  CHECK(start.err == wrong.err);
  CHECK(start.out.empty());
  CHECK(RunLookout(directory, "--config missing").exit_code == 78);

  directory.Write("key.pem", Ed25519PrivateKey::Generate().ToPem().Reveal());
  directory.Write("conf", "DRYDOCK_URL = HTTPS://Hub.test/base/\nPRIVATE_KEY_FILE=key.pem\n", 0644);
  const auto right = RunLookout(directory, "check-config --config conf");
  CHECK(right.exit_code == 0);
  CHECK_THAT(LineOf(right.out, "DRYDOCK_URL"), Contains("wss://hub.test:443/base") && Contains("conf:1"));
  CHECK(right.err == "The configuration is fine.\n");
}

TEST_CASE("lookout: version and keygen work with a broken environment", "[cli]") {
  const TempDir directory;
  const std::string broken = "PORT=x LOG_LEVEL=loud TOKEN_FILE=/nonexistent";
  const auto version = RunLookout(directory, "version", broken);
  CHECK(version.exit_code == 0);
  CHECK_THAT(version.out, Catch::Matches("[0-9]+\\.[0-9]+\\.[0-9]+\n"));
  CHECK(version.err.empty());
  CHECK(RunLookout(directory, "keygen", broken).exit_code == 0);
}
