// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/CommandLine.hxx"

using namespace lookout;
using Catch::Contains;
using Kind = Command::Kind;

namespace {

Command Parse(std::vector<const char *> arguments) {
  arguments.insert(arguments.begin(), "lookout");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

}  // namespace

TEST_CASE("CommandLine: nothing runs the agent with the default file", "[cli]") {
  const auto command = Parse({});
  CHECK(command.kind == Kind::Run);
  CHECK(command.config_file == "/etc/lookout/lookout.conf");
  CHECK_FALSE(command.is_config_file_given);
}

TEST_CASE("CommandLine: --config goes with run and check-config", "[cli]") {
  for (const auto &arguments : {std::vector<const char *>{"--config", "a.conf"}, {"--config=a.conf"}}) {
    const auto command = Parse(arguments);
    CHECK(command.kind == Kind::Run);
    CHECK(command.config_file == "a.conf");
    CHECK(command.is_config_file_given);
  }
  for (const auto &arguments :
       {std::vector<const char *>{"check-config", "--config", "a.conf"}, {"--config", "a.conf", "check-config"}}) {
    const auto command = Parse(arguments);
    CHECK(command.kind == Kind::CheckConfig);
    CHECK(command.config_file == "a.conf");
    CHECK(command.is_config_file_given);
  }
}

TEST_CASE("CommandLine: keygen's options with one dash or two", "[cli]") {
  for (const auto &arguments : {std::vector<const char *>{"keygen", "--comment", "edge 1", "--pub-from", "key"},
                                {"keygen", "-comment", "edge 1", "-pub-from", "key"},
                                {"keygen", "-comment=edge 1", "-pub-from=key"},
                                {"keygen", "--comment=edge 1", "--pub-from=key"}}) {
    const auto command = Parse(arguments);
    CHECK(command.kind == Kind::Keygen);
    CHECK(command.keygen.comment == "edge 1");
    CHECK(command.keygen.pub_from == "key");
    CHECK(command.keygen.out.empty());
  }
  CHECK(Parse({"keygen", "--out", "new"}).keygen.out == "new");
  CHECK(Parse({"keygen"}).kind == Kind::Keygen);
}

TEST_CASE("CommandLine: hash-token takes no token from the command line", "[cli]") {
  CHECK(Parse({"hash-token"}).kind == Kind::HashToken);
  CHECK(Parse({"hash-token", "t0ken"}).kind == Kind::WrongUsage);
}

TEST_CASE("CommandLine: whatever is not understood is wrong usage", "[cli]") {
  const auto arguments = GENERATE(
      std::vector<const char *>{"bogus"}, std::vector<const char *>{"Version"}, std::vector<const char *>{"--bogus"},
      std::vector<const char *>{"-x"}, std::vector<const char *>{"version", "extra"},
      std::vector<const char *>{"keygen", "extra"}, std::vector<const char *>{"keygen", "--out"},
      std::vector<const char *>{"keygen", "--out", "a", "--pub-from", "b"},
      std::vector<const char *>{"version", "keygen"}, std::vector<const char *>{"check-config", "--comment", "a"},
      std::vector<const char *>{"--config"}, std::vector<const char *>{""});
  const auto command = Parse(arguments);
  CHECK(command.kind == Kind::WrongUsage);
  CHECK_THAT(command.text, Catch::StartsWith("lookout: ") && Contains("--help"));
}

TEST_CASE("CommandLine: help for the program and for each command", "[cli]") {
  CHECK_THAT(Parse({"--help"}).text, Contains("keygen") && Contains("check-config") && Contains("version"));
  CHECK(Parse({"-h"}).kind == Kind::Help);
  CHECK(Parse({"--help"}).kind == Kind::Help);
  CHECK_THAT(Parse({"keygen", "--help"}).text, Contains("--pub-from"));
  CHECK(Parse({"version", "--help"}).kind == Kind::Help);
  CHECK_THAT(Parse({"check-config", "--help"}).text, Contains("--config"));
  CHECK(Parse({"--version"}).kind == Kind::Version);
  CHECK(Parse({"version"}).kind == Kind::Version);
}

TEST_CASE("CommandLine: connect needs a URL and one credential", "[cli]") {
  const auto command =
      Parse({"connect", "--url", "https://h:3000", "--key", "k", "--ca", "c", "--listen", "/tmp/x.sock"});
  CHECK(command.kind == Kind::Connect);
  CHECK(command.connect.url == "https://h:3000");
  CHECK(command.connect.key_file == "k");
  CHECK(command.connect.ca_file == "c");
  CHECK(command.connect.listen == "/tmp/x.sock");
  const auto certificate = Parse({"connect", "--url", "https://h", "--cert", "c", "--cert-key", "k"});
  CHECK(certificate.kind == Kind::Connect);
  CHECK(certificate.connect.certificate_file == "c");
  CHECK(certificate.connect.certificate_key_file == "k");
  CHECK(Parse({"connect", "--url", "https://h"}).kind == Kind::WrongUsage);
  CHECK(Parse({"connect", "--key", "k"}).kind == Kind::WrongUsage);
  CHECK(Parse({"connect", "--url", "https://h", "--key", "k", "--token-file", "t"}).kind == Kind::WrongUsage);
  CHECK(Parse({"connect", "--url", "https://h", "--key", "k", "--cert-key", "t"}).kind == Kind::WrongUsage);
}
