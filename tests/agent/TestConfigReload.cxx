// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/ConfigReload.hxx"
#include "agent/Setting.hxx"

using namespace lookout;
using Names = std::vector<std::string_view>;

TEST_CASE("ConfigReload: tells what changes now from what waits", "[config]") {
  Config running;
  Config fresh;
  CHECK(CompareConfigs(running, fresh).live.empty());
  CHECK(CompareConfigs(running, fresh).waiting.empty());

  fresh.log_level = LogLevel::Debug;
  fresh.proxy.no_proxy = "*";
  fresh.port = 4000;
  fresh.token = Secret("new");
  fresh.enrollment_token = Secret("new");
  const auto changes = CompareConfigs(running, fresh);
  CHECK(changes.live == Names{"NO_PROXY", "TOKEN", "LOG_LEVEL"});
  CHECK(changes.waiting == Names{"PORT", "ENROLLMENT_TOKEN"});

  ApplyLiveSettings(running, fresh);
  CHECK(running.log_level == LogLevel::Debug);
  CHECK(running.proxy.no_proxy == "*");
  CHECK(running.port == 3000);
  CHECK(CompareConfigs(running, fresh).live.empty());
  CHECK(CompareConfigs(running, fresh).waiting == Names{"PORT", "ENROLLMENT_TOKEN"});
}

TEST_CASE("ConfigReload: an id that was made, not configured, is no change", "[config]") {
  Config running;
  running.agent_id = "made-at-start";
  Config fresh;
  CHECK(CompareConfigs(running, fresh).waiting.empty());
  fresh.agent_id = "configured";
  CHECK(CompareConfigs(running, fresh).waiting == Names{"AGENT_ID"});
}

TEST_CASE("Setting: every name is found, and only in its own spelling", "[config]") {
  for (const auto &setting : AllSettings()) {
    CHECK(FindSetting(setting.name) == &setting);
    if (!setting.alias.empty()) CHECK(FindSetting(setting.alias) == &setting);
    CHECK(FindSimilarSetting(setting.name) == setting.name);
    CHECK_FALSE(setting.help.empty());
  }
  CHECK(FindSetting("") == nullptr);
  CHECK(FindSetting("port") == nullptr);
  CHECK(FindSimilarSetting("TOKNE_FILE") == "TOKEN_FILE");
  CHECK(FindSimilarSetting("XYZ").empty());
  CHECK(FindSimilarSetting(std::string(10'000, 'A')).empty());
}
