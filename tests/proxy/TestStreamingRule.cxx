// SPDX-License-Identifier: Apache-2.0
#include "proxy/StreamingRule.hxx"

#include <catch2/catch.hpp>
#include <string>
#include <tuple>

using namespace lookout;

TEST_CASE("StreamingRule: decides as the controller does", "[proxy]") {
  const auto [target, streams] = GENERATE(table<std::string, bool>({
      {"/containers/a/logs", true},
      {"/containers/a/logs?follow=1&stdout=1", true},
      {"/services/a/logs?x", true},
      {"/containers/a/attach", true},
      {"/events", true},
      {"/v1.41/events?since=1", true},
      {"/build", true},
      {"/build?t=a", true},
      {"/images/create?fromImage=nginx&tag=latest", true},
      {"/images/push", true},
      {"/exec/a/start", true},
      {"/exec/a/start?x=1", true},
      {"/containers/exec/x/start", true},
      {"/containers/a/attach/ws", false},
      {"/build/prune", false},
      {"/images/NAME/push", false},
      {"/containers/a/stats", false},
      {"/containers/a/wait", false},
      {"/containers/a/start", false},
      {"/images/load", false},
      {"/containers/json?x=/logs", false},
      {"/containers/a/archive?path=/var/logs", false},
      {"/containers/a/LOGS", false},
      {"/containers/a/logs/", false},
      {"/catalogs", false},
      {"", false},
  }));
  INFO(target);
  CHECK(IsStreamingTarget(target) == streams);
}
