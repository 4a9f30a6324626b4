// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/Setting.hxx"
#include "tests/agent/ConfigFixture.hxx"

using namespace lookout;
using Catch::Contains;
using Catch::VectorContains;
using std::chrono::milliseconds;

namespace {

/** The one error, "" when there is none; more than one fail the test. */
std::string OnlyError(const LoadedConfig &loaded) {
  for (const auto &error : loaded.errors) UNSCOPED_INFO(error);
  REQUIRE(loaded.errors.size() <= 1);
  return loaded.errors.empty() ? "" : loaded.errors[0];
}

}  // namespace

TEST_CASE("ConfigLoader: the table's defaults are those of Config", "[config]") {
  const Config fields;
  Config defaults;
  for (const auto &setting : AllSettings()) {
    CAPTURE(setting.name);
    if (setting.default_text.empty()) continue;
    CHECK(setting.binding.read(setting.default_text, setting.range, defaults));
    CHECK(setting.binding.equal(defaults, fields));
    CHECK(setting.binding.show(fields) == setting.default_text);
  }
}

TEST_CASE("ConfigLoader: a key and a URL are all it needs", "[config]") {
  ConfigFixture fixture;
  const auto loaded = fixture.Load();
  CHECK(OnlyError(loaded).empty());
  CHECK(loaded.warnings.empty());
  REQUIRE(loaded.config.controllers.size() == 1);
  CHECK(loaded.config.controllers[0].ToString() == "wss://hub.test:443");
  CHECK(loaded.config.bind_address == "127.0.0.1");
  CHECK(loaded.config.port == 3000);
  CHECK(loaded.config.agent_id.empty());
  CHECK_FALSE(loaded.config.agent_name.empty());
  CHECK_FALSE(loaded.config.docker_socket.empty());
  CHECK(loaded.origins.at("DRYDOCK_URL") == "environment");
  CHECK(loaded.origins.at("PORT") == "default");
  CHECK(loaded.config.Deadlines().quick == milliseconds(30'000));
  CHECK(loaded.config.Deadlines().action == milliseconds(600'000));
}

TEST_CASE("ConfigLoader: environment before file before default", "[config]") {
  ConfigFixture fixture;
  const auto path = fixture.WriteFile("# ours\nPORT=4000\nLOG_LEVEL=debug\nHEARTBEAT_INTERVAL=7\n");
  fixture.environment["LOG_LEVEL"] = "error";
  fixture.environment["HEARTBEAT_INTERVAL"] = "";
  const auto loaded = fixture.Load();
  CHECK(OnlyError(loaded).empty());
  CHECK(loaded.config.port == 4000);
  CHECK(loaded.origins.at("PORT") == path + ":2");
  CHECK(loaded.config.log_level == LogLevel::Error);
  CHECK(loaded.origins.at("LOG_LEVEL") == "environment");
  CHECK(loaded.config.heartbeat_interval == milliseconds(30'000));
  CHECK(loaded.origins.at("HEARTBEAT_INTERVAL") == "default");
}

TEST_CASE("ConfigLoader: the default file may be missing, a named one may not", "[config]") {
  ConfigFixture fixture;
  CHECK(OnlyError(fixture.Load()).empty());
  fixture.is_file_required = true;
  CHECK_THAT(OnlyError(fixture.Load()), Contains("lookout.conf': No such file"));
}

TEST_CASE("ConfigLoader: the second name counts when the first has no value", "[config]") {
  ConfigFixture fixture;
  fixture.environment["DD_AGENT_SECRET"] = "second";
  fixture.environment["https_proxy"] = "lower.test:1";
  auto loaded = fixture.Load();
  CHECK(loaded.config.token == Secret("second"));
  CHECK(loaded.origins.at("TOKEN") == "environment, DD_AGENT_SECRET");
  CHECK(loaded.config.proxy.https_proxy == "lower.test:1");
  CHECK(fixture.Load("TOKEN", "").config.token == Secret("second"));
  CHECK(fixture.Load("TOKEN", " first ").config.token == Secret(" first "));
  CHECK(fixture.Load("HTTPS_PROXY", "upper.test:1").config.proxy.https_proxy == "upper.test:1");
}

TEST_CASE("ConfigLoader: secrets from files win in the order of the contract", "[config]") {
  ConfigFixture fixture;
  fixture.environment["TOKEN"] = "direct";
  fixture.environment["DD_AGENT_SECRET_FILE"] = fixture.directory.Write("second", " from second \n");
  CHECK(fixture.Load().config.token == Secret("from second"));
  fixture.environment["TOKEN_FILE"] = fixture.directory.Write("first", "from first\n");
  CHECK(fixture.Load().config.token == Secret("from first"));

  fixture.environment["ENROLLMENT_TOKEN_FILE"] = fixture.directory.Write("enroll", "from file");
  CHECK(fixture.Load().config.enrollment_token == Secret("from file"));
  CHECK(fixture.Load("ENROLLMENT_TOKEN", "direct").config.enrollment_token == Secret("direct"));

  fixture.environment["AUTHORIZED_KEYS_FILE"] = fixture.directory.Write("keys", "");
  CHECK(fixture.Load().config.authorized_keys == fixture.directory.Join("keys"));
}

TEST_CASE("ConfigLoader: files that cannot do their job are refused by name", "[config]") {
  ConfigFixture fixture;
  fixture.directory.Write("open", "x", 0644);
  fixture.directory.Write("blank", "\n");
  fixture.directory.Write("text", "neither key nor certificate");
  const auto [name, file, reason] = GENERATE(table<std::string, std::string, std::string>({
      {"TOKEN_FILE", "missing", "No such file"},
      {"TOKEN_FILE", "open", "chmod 0640"},
      {"TOKEN_HASH_FILE", "open", "chmod 0640"},
      {"ENROLLMENT_TOKEN_FILE", "open", "chmod 0640"},
      {"TOKEN_FILE", "blank", "is empty"},
      {"PRIVATE_KEY_FILE", "missing", "No such file"},
      {"PRIVATE_KEY_FILE", "open", "chmod 0640"},
      {"PRIVATE_KEY_FILE", "text", "no PEM block"},
      {"CA_CERT", "missing", "No such file"},
      {"CA_CERT", "text", "certificate"},
      {"AUTHORIZED_KEYS", "open", "chmod 0640"},
  }));
  CAPTURE(name, file);
  const auto path = fixture.directory.Join(file);
  CHECK_THAT(OnlyError(fixture.Load(name, path)), Catch::StartsWith(name + ": ") && Contains(path) && Contains(reason));
}

TEST_CASE("ConfigLoader: wrong values are refused with name, value, range and origin", "[config]") {
  ConfigFixture fixture;
  const auto [name, value, reason] = GENERATE(table<std::string, std::string, std::string>({
      {"PORT", "70000", "PORT: \"70000\" is not allowed: it must be a whole number from 0 to 65535 (environment)"},
      {"HEARTBEAT_INTERVAL", "0", "from 1 to 86400"},
      {"DD_POLL_INTERVAL", "9300000000", "from 5 to 86400"},
      {"DD_POLL_INTERVAL", "0", "from 5 to 86400"},
      {"DD_POLL_INTERVAL", "-1", "from 5 to 86400"},
      {"RECONNECT_DELAY", "0", "from 1 to 3600"},
      {"TLS_SKIP_VERIFY", "maybe", "\"maybe\""},
      {"BIND_ADDRESS", "localhost", "IPv4 or IPv6 address"},
      {"DRYDOCK_URL", "hub.test", "scheme"},
      {"DRYDOCK_URL", ",", "DRYDOCK_URL"},
      {"AGENT_ID", "my agent", "letters, digits"},
      {"LOG_LEVEL", "loud", "debug, info, warn or error"},
      {"ADAPTER", "other", "drydock or generic"},
      {"HTTPS_PROXY", "socks5://proxy", "HTTPS_PROXY"},
      {"DOCKER_SOCKET", std::string(108, 'x'), "at most 107 bytes, this has 108"},
      {"MAX_BUFFERED_BYTES", "1K", "from 1M to 1024M"},
  }));
  CAPTURE(name);
  CHECK_THAT(OnlyError(fixture.Load(name, value)), Contains(reason) && Contains(name));
}

TEST_CASE("ConfigLoader: what does not fit together is refused", "[config]") {
  ConfigFixture fixture;
  SECTION("no key") {
    fixture.environment.erase("PRIVATE_KEY_FILE");
    CHECK_THAT(OnlyError(fixture.Load()), Contains("PRIVATE_KEY_FILE: not set") && Contains("lookout keygen"));
  }
  SECTION("delays in the wrong order") {
    fixture.environment["MAX_RECONNECT_DELAY"] = "4";
    CHECK_THAT(OnlyError(fixture.Load("RECONNECT_DELAY", "5")), Contains("4 is less than RECONNECT_DELAY, which is 5"));
    CHECK(OnlyError(fixture.Load("RECONNECT_DELAY", "4")).empty());
  }
}

TEST_CASE("ConfigLoader: nothing crosses a network in the clear unless permitted", "[config]") {
  ConfigFixture fixture;
  CHECK(OnlyError(fixture.Load("DRYDOCK_URL", "http://127.0.0.1:3000,ws://[::1],http://localhost")).empty());
  CHECK_THAT(OnlyError(fixture.Load("DRYDOCK_URL", "https://a.test,http://b.test")),
             Contains("ws://b.test:80") && Contains("ALLOW_INSECURE_EDGE_URL=true"));
  CHECK(OnlyError(fixture.Load("ALLOW_INSECURE_EDGE_URL", "true")).empty());
}

TEST_CASE("ConfigLoader: reports all errors of all sources together", "[config]") {
  ConfigFixture fixture;
  fixture.environment = {{"PORT", "x"}, {"TLS_CERT", "a"}, {"TOKEN_FILE", "/nonexistent"}};
  const auto path = fixture.WriteFile("LOG_LEVEL=loud\nPROT=1\n");
  const auto loaded = fixture.Load();
  CHECK(loaded.errors.size() == 5);
  CHECK_THAT(loaded.errors, VectorContains(path + ":2: there is no setting \"PROT\"; did you mean PORT?"));
  CHECK_THAT(
      loaded.errors,
      VectorContains("LOG_LEVEL: \"loud\" is not allowed: it must be debug, info, warn or error (" + path + ":1)"));
}
