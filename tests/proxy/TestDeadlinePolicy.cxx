// SPDX-License-Identifier: Apache-2.0
#include "proxy/DeadlinePolicy.hxx"

#include <catch2/catch.hpp>
#include <string>

using namespace lookout;
using std::chrono::milliseconds;

namespace {

constexpr DeadlineSettings kSettings = {
    .connect = milliseconds(1),
    .quick = milliseconds(30'000),
    .action = milliseconds(600'000),
    .transfer = milliseconds(7'000'000),
    .transfer_idle = milliseconds(5),
    .stop_margin = milliseconds(9'000),
};

Deadlines Choose(const std::string &method, const std::string &target,
                 Origin::Transport transport = Origin::Transport::Listener) {
  return ChooseDeadlines(kSettings, RequestHead{method, target, {}}, transport);
}

}  // namespace

TEST_CASE("DeadlinePolicy: every class of request has its limits", "[proxy]") {
  const auto [method, target, total, idle] = GENERATE(table<std::string, std::string, int, int>({
      {"GET", "/containers/json?all=1", 30'000, 0},
      {"GET", "/v1.41/containers/a/json", 30'000, 0},
      {"HEAD", "/_ping", 30'000, 0},
      {"GET", "/containers/a/stats?stream=false", 30'000, 0},
      {"GET", "/containers/a/stats?one-shot=true&stream=0", 30'000, 0},
      {"GET", "/images/nginx/json", 30'000, 0},
      {"POST", "/containers/a/exec", 30'000, 0},
      {"POST", "/exec/a/resize?h=1&w=2", 30'000, 0},
      {"POST", "/containers/a/start", 600'000, 0},
      {"POST", "/containers/create?name=x", 600'000, 0},
      {"POST", "/containers/a/kill", 600'000, 0},
      {"DELETE", "/containers/a?force=1", 600'000, 0},
      {"POST", "/containers/a/update", 600'000, 0},
      {"POST", "/networks/a/connect", 600'000, 0},
      {"GET", "/system/df", 600'000, 0},
      {"GET", "/distribution/nginx/json", 600'000, 0},
      {"GET", "/images/search?term=a", 600'000, 0},
      {"POST", "/containers/a/stop", 600'000, 0},
      {"POST", "/containers/a/stop?t=10", 600'000, 0},
      {"POST", "/containers/a/stop?t=x", 600'000, 0},
      {"POST", "/containers/a/stop?t=1000", 1'009'000, 0},
      {"POST", "/v1.41/containers/a/restart?signal=TERM&t=1000", 1'009'000, 0},
      {"POST", "/containers/a/stop?t=-1", 0, 0},
      {"POST", "/build?t=a", 7'000'000, 0},
      {"POST", "/images/create?fromImage=a", 7'000'000, 0},
      {"POST", "/images/a/b/push", 7'000'000, 0},
      {"POST", "/commit?container=a", 7'000'000, 0},
      {"POST", "/images/prune", 7'000'000, 0},
      {"POST", "/build/prune", 7'000'000, 0},
      {"POST", "/plugins/pull?remote=a", 7'000'000, 0},
      {"GET", "/containers/a/export", 7'000'000, 5},
      {"GET", "/containers/a/archive?path=/", 7'000'000, 5},
      {"PUT", "/containers/a/archive?path=/", 7'000'000, 5},
      {"GET", "/images/get?names=a", 7'000'000, 5},
      {"GET", "/images/a/b/get", 7'000'000, 5},
      {"POST", "/images/load", 7'000'000, 5},
      {"GET", "/containers/a/logs?stdout=1", 7'000'000, 5},
      {"GET", "/containers/a/logs?follow=0", 7'000'000, 5},
      {"GET", "/containers/a/logs?follow=1&stdout=1", 0, 0},
      {"GET", "/services/a/logs?follow=true", 0, 0},
      {"GET", "/events", 0, 0},
      {"GET", "/v1.41/events?since=1", 0, 0},
      {"GET", "/containers/a/stats", 0, 0},
      {"GET", "/containers/a/stats?stream=true", 0, 0},
      {"POST", "/containers/a/wait?condition=removed", 0, 0},
      {"POST", "/containers/a/attach?stream=1", 0, 0},
      {"GET", "/containers/a/attach/ws", 0, 0},
      {"POST", "/exec/a/start", 0, 0},
      {"POST", "/session", 0, 0},
      {"POST", "/grpc", 0, 0},
  }));
  INFO(method << " " << target);
  const auto deadlines = Choose(method, target);
  CHECK(deadlines.connect == milliseconds(1));
  CHECK(deadlines.total == milliseconds(total));
  CHECK(deadlines.idle == milliseconds(idle));
}

TEST_CASE("DeadlinePolicy: through the tunnel only streams are endless", "[proxy]") {
  const auto tunnel = Origin::Transport::Tunnel;
  CHECK(Choose("GET", "/containers/a/logs?follow=1", tunnel).total == milliseconds(0));
  CHECK(Choose("GET", "/events", tunnel).total == milliseconds(0));
  CHECK(Choose("GET", "/containers/a/stats?stream=true", tunnel).total == milliseconds(30'000));
  CHECK(Choose("POST", "/containers/a/wait", tunnel).total == milliseconds(7'000'000));
  CHECK(Choose("POST", "/containers/a/stop?t=-1", tunnel).total == milliseconds(7'000'000));
}

TEST_CASE("DeadlinePolicy: settings without a limit stay without", "[proxy]") {
  DeadlineSettings settings = kSettings;
  settings.action = milliseconds(0);
  const RequestHead head = {"POST", "/containers/a/stop?t=5", {}};
  CHECK(ChooseDeadlines(settings, head, Origin::Transport::Agent).total == milliseconds(0));
}

TEST_CASE("DeadlinePolicy: an absurd grace period does not overflow", "[proxy]") {
  const auto total = Choose("POST", "/containers/a/stop?t=9223372036854775807").total;
  CHECK(total > std::chrono::hours(24 * 364));
  CHECK(total < std::chrono::hours(24 * 366));
}
