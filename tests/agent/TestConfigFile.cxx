// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/ConfigFile.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using Catch::Contains;

TEST_CASE("ConfigFile: reads keys and values in every way of quoting", "[config]") {
  const auto [text, value] = GENERATE(table<std::string, std::string>({
      {"AGENT_NAME=edge", "edge"},
      {"  AGENT_NAME =  edge one \t\r", "edge one"},
      {"AGENT_NAME=", ""},
      {"AGENT_NAME=\"\"", ""},
      {"AGENT_NAME=\" edge # 1 \"", " edge # 1 "},
      {"AGENT_NAME='a \"b\" \\ c'", "a \"b\" \\ c"},
      {R"(AGENT_NAME="a \"b\" \\ \n")", R"(a "b" \ \n)"},
      {"AGENT_NAME=a=b", "a=b"},
      {"AGENT_NAME=a#b", "a#b"},
      {"AGENT_NAME=it's", "it's"},
  }));
  CAPTURE(text);
  const auto file = ParseConfigFile(text);
  CHECK(file.errors.empty());
  REQUIRE(file.lines.size() == 1);
  CHECK(file.lines[0].key == "AGENT_NAME");
  CHECK(file.lines[0].value == value);
}

TEST_CASE("ConfigFile: skips comments and empty lines, and counts all of them", "[config]") {
  const auto file = ParseConfigFile("# first\n\n   # second\r\nPORT=1\n\t\nLOG_LEVEL=debug");
  CHECK(file.errors.empty());
  REQUIRE(file.lines.size() == 2);
  CHECK(file.lines[0].number == 4);
  CHECK(file.lines[1].number == 6);
}

TEST_CASE("ConfigFile: names the line and the reason of what it cannot read", "[config]") {
  const auto [text, reason] = GENERATE(table<std::string, std::string>({
      {"PORT", "2: there is no '='"},
      {"PROT=1", "2: there is no setting \"PROT\"; did you mean PORT?"},
      {"port=1", "did you mean PORT?"},
      {"DRYDOCK_ULR=x", "did you mean DRYDOCK_URL?"},
      {"HEARTBEAT_INTERVALL=1", "did you mean HEARTBEAT_INTERVAL?"},
      {"SOMETHING_ELSE=1", "docs/configuration.md lists the settings"},
      {"=1", "there is no setting \"\""},
      {"export PORT=1", "there is no setting \"export PORT\""},
      {"PORT=3000 # ops", "2: PORT: a comment needs a line of its own"},
      {"PORT=\"3000\" # ops", "2: PORT: there is more after the closing quote"},
      {"PORT=\"3000", "2: PORT: the closing quote is missing"},
      {"PORT='3000\"", "2: PORT: the closing quote is missing"},
      {"PORT=\"3000\\\"", "2: PORT: the closing quote is missing"},
      {"LOG_LEVEL=info", "2: LOG_LEVEL is set in line 1 already"},
  }));
  CAPTURE(text);
  const auto file = ParseConfigFile("LOG_LEVEL=debug\n" + text + "\nADAPTER=generic\n");
  CHECK(file.lines.size() == 2);
  REQUIRE(file.errors.size() == 1);
  CHECK_THAT(file.errors[0], Contains(reason));
}

TEST_CASE("ConfigFile: errors quote no value, and are bounded", "[config]") {
  for (const auto *text : {"TOKEN=\"s3cret", "TOKEN=s3cret # x", "TOKEN='s3cret' x", "s3cret"}) {
    const auto file = ParseConfigFile(text);
    REQUIRE(file.errors.size() == 1);
    CHECK_THAT(file.errors[0], !Contains("s3cret"));
  }
  std::string rubbish;
  for (int i = 0; i < 1000; ++i) rubbish += "rubbish\n";
  CHECK(ParseConfigFile(rubbish).errors.size() == 100);
}

TEST_CASE("ConfigFile: a zero byte in a value is refused", "[config]") {
  CHECK(ParseConfigFile(std::string_view("AGENT_NAME=a\0b", 14)).errors.size() == 1);
}

TEST_CASE("ConfigFile: the file's mode must fit what it holds", "[config]") {
  const TempDir directory;
  const auto is_clean = [](const std::string &path) {
    const auto file = LoadConfigFile(path);
    return file && file->errors.empty();
  };
  CHECK(is_clean(directory.Write("plain", "PORT=1", 0644)));
  CHECK(is_clean(directory.Write("secret", "TOKEN=s3cret", 0640)));
  CHECK(is_clean(directory.Write("empty-secret", "TOKEN=", 0644)));
  CHECK(is_clean(directory.Write("proxy", "HTTPS_PROXY=http://proxy:1", 0644)));

  CHECK_THAT(LoadConfigFile(directory.Write("writable", "PORT=1", 0664)).error().message, Contains("chmod 0644"));
  for (const auto *text : {"TOKEN=s3cret", "HTTPS_PROXY=http://u:p@proxy:1", "https_proxy=u:p@proxy:1"}) {
    const auto file = LoadConfigFile(directory.Write("open", text, 0644)).value();
    REQUIRE(file.errors.size() == 1);
    CHECK_THAT(file.errors[0], Contains("chmod 0640") && Contains("holds a secret") && !Contains("s3cret"));
  }
}

TEST_CASE("ConfigFile: errors in lines name the file too", "[config]") {
  const TempDir directory;
  const auto path = directory.Write("conf", "PORT=1\nPROT=2\n");
  CHECK_THAT(LoadConfigFile(path).value().errors.at(0), Contains(path + ":2: there is no setting \"PROT\""));
  CHECK_THAT(LoadConfigFile(directory.Join("none")).error().message, Contains("No such file"));
}
