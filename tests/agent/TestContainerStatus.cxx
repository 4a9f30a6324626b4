// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "agent/ContainerStatus.hxx"

using namespace lookout;

TEST_CASE("ContainerStatus: says Docker's own word", "[agent]") {
  const auto [state, expected] = GENERATE(table<std::string_view, std::string_view>({
      {R"({"Status":"running","Running":true})", "running"},
      {R"({"Status":"paused","Running":true,"Paused":true})", "paused"},
      {R"({"Status":"restarting","Running":true,"Restarting":true})", "restarting"},
      {R"({"Running":true,"Paused":false,"Restarting":false,"Dead":false})", "running"},
      {R"({"Status":"dead","Dead":true})", "dead"},
      {R"({"Status":"created","Running":false})", "created"},
      {R"({"Status":"exited","ExitCode":1})", "exited"},
      {R"({"Status":"removing"})", "removing"},
      {R"({"Status":"Configured"})", "configured"},
      {R"({})", "exited"},
      {R"(null)", "exited"},
  }));
  CHECK(ContainerStatus(ParseJson(state).value()) == expected);
}

TEST_CASE("ContainerStatus: passes on the three health words only", "[agent]") {
  const auto [state, expected] = GENERATE(table<std::string_view, std::string_view>({
      {R"({"Health":{"Status":"starting"}})", "starting"},
      {R"({"Health":{"Status":"healthy"}})", "healthy"},
      {R"({"Health":{"Status":"unhealthy"}})", "unhealthy"},
      {R"({"Health":{"Status":"none"}})", ""},
      {R"({"Health":null})", ""},
      {R"({})", ""},
  }));
  CHECK(HealthStatus(ParseJson(state).value()) == expected);
}
