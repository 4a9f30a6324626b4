// SPDX-License-Identifier: Apache-2.0
#include "agent/MetricsRoute.hxx"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "agent/MetricFamilies.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/FakeHandler.hxx"
#include "tests/support/RecordingSink.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

FullResponse AnswerOf(const std::string &target) {
  if (target == "/containers/json") {
    return MakeJsonResponse(200, R"([{"Id":"b","Names":["/web"],"Image":"nginx"},{"Id":"a","Names":["/x\"y"]}])");
  }
  if (target.starts_with("/containers/a/stats")) {
    return MakeJsonResponse(200, R"({"cpu_stats":{"cpu_usage":{"total_usage":1500000000}}})");
  }
  return MakeJsonResponse(200, R"({"cpu_stats":{"cpu_usage":{"total_usage":2500000000}},)"
                               R"("memory_stats":{"usage":4096,"limit":8192},"networks":{"e":{"rx_bytes":7}}})");
}

/** A host in a directory, two containers, and a clock that stands still. */
struct Fixture {
  Fixture() {
    std::filesystem::create_directories(directory.Path() / "1/net");
    SetCpu(0, 1000);
    directory.Write("meminfo", "MemTotal: 8 kB\nMemAvailable: 2 kB\n");
    directory.Write("1/net/dev", "eth0: 20 0 0 0 0 0 0 0 10\n");
    host.emplace(loop, engine, HostSettings{directory.Path(), true});
    route.emplace(loop, "portwing_", *host, containers, MetricsRoute::Source());
    route->AddTo(top, agent);
  }

  void SetCpu(int user, int idle) {
    directory.Write("stat", "cpu  " + std::to_string(user) + " 0 0 " + std::to_string(idle) + " 0 0 0 0\n");
  }
  std::string Scrape(const std::string &path = "/metrics") {
    RecordingSink sink;
    Request request;
    request.head = {"GET", path, {}};
    const auto exchange = top.Find("/metrics")->Handle(std::move(request), sink);
    REQUIRE(RunUntil(loop, [&] { return sink.IsDone(); }));
    CHECK(sink.head->status == 200);
    CHECK(sink.head->headers.Joined("Content-Type") == "text/plain; version=0.0.4; charset=utf-8");
    return sink.body;
  }

  TempDir directory;
  FakeClock clock;
  EventLoop loop{clock};
  FakeHandler docker{loop, [](const Request &request) { return AnswerOf(request.head.target); }};
  DockerEngine engine{loop, docker};
  std::optional<HostCollector> host;
  ContainerStats containers{loop, docker};
  std::optional<MetricsRoute> route;
  AgentRoutes top;
  AgentRoutes agent;
};

/** The names of the families, in their order. */
std::string Families(const std::string &text) {
  std::string names;
  constexpr std::string_view kMark = "# TYPE ";
  for (size_t at = 0; (at = text.find(kMark, at)) != std::string::npos;) {
    at += kMark.size();
    names += text.substr(at, text.find(' ', at) - at) + "\n";
  }
  return names;
}

}  // namespace

TEST_CASE("MetricsRoute: agent, host and containers", "[metrics]") {
  Fixture fixture;
  fixture.clock.Advance(1500ms);
  fixture.SetCpu(500, 1500);
  const std::string text = fixture.Scrape();
  CHECK(Families(text) ==
        "portwing_build_info\nportwing_uptime_seconds\nportwing_host_cpu_usage_percent\n"
        "portwing_host_memory_total_bytes\nportwing_host_memory_used_bytes\n"
        "portwing_host_network_receive_bytes_total\nportwing_host_network_transmit_bytes_total\n"
        "container_cpu_usage_seconds_total\ncontainer_memory_usage_bytes\ncontainer_spec_memory_limit_bytes\n"
        "container_network_receive_bytes_total\ncontainer_network_transmit_bytes_total\n");
  for (const auto *const line :
       {"portwing_uptime_seconds 1.5\n", "portwing_host_cpu_usage_percent 50\n",
        "portwing_host_memory_total_bytes 8192\n", "portwing_host_memory_used_bytes 6144\n",
        "portwing_host_network_receive_bytes_total 20\n", "portwing_host_network_transmit_bytes_total 10\n",
        "container_cpu_usage_seconds_total{id=\"a\",name=\"x\\\"y\",image=\"\"} 1.5\n",
        "container_cpu_usage_seconds_total{id=\"b\",name=\"web\",image=\"nginx\"} 2.5\n",
        "container_memory_usage_bytes{id=\"b\",name=\"web\",image=\"nginx\"} 4096\n",
        "container_network_receive_bytes_total{id=\"b\",name=\"web\",image=\"nginx\"} 7\n"}) {
    CHECK_THAT(text, Contains(line));
  }
  CHECK(text.find("container_memory_usage_bytes{id=\"a\"") == std::string::npos);
}

TEST_CASE("MetricsRoute: what cannot be known is absent, not 0", "[metrics]") {
  Fixture fixture;
  for (const auto *const name : {"stat", "meminfo", "1/net/dev"}) {
    std::filesystem::remove(fixture.directory.Path() / name);
  }
  CHECK(Families(fixture.Scrape()).find("host_") == std::string::npos);
}

TEST_CASE("MetricsRoute: a second scrape asks nobody, and has the load of a whole window", "[metrics]") {
  Fixture fixture;
  fixture.clock.Advance(10s);
  fixture.SetCpu(250, 1750);
  CHECK_THAT(fixture.Scrape(), Contains("cpu_usage_percent 25\n"));
  const size_t calls = fixture.docker.heads.size();
  fixture.clock.Advance(4s);
  fixture.SetCpu(1250, 1750);
  CHECK_THAT(fixture.Scrape(), Contains("cpu_usage_percent 25\n"));
  CHECK(fixture.docker.heads.size() == calls);
  fixture.clock.Advance(6s);
  CHECK_THAT(fixture.Scrape(), Contains("cpu_usage_percent 100\n"));
  CHECK(fixture.docker.heads.size() == 2 * calls);
}

TEST_CASE("MetricsRoute: one reader's window is not another's", "[metrics]") {
  Fixture fixture;
  CpuSampler heartbeat;
  heartbeat.Sample(fixture.host->Host().Cpu());
  fixture.clock.Advance(10s);
  fixture.SetCpu(500, 1500);
  CHECK(heartbeat.Sample(fixture.host->Host().Cpu()) == Approx(50));
  CHECK_THAT(fixture.Scrape(), Contains("cpu_usage_percent 50\n"));
}

TEST_CASE("MetricFamilies: requests", "[metrics]") {
  RequestMetrics requests;
  requests.OnAnswered("GET", 200);
  requests.OnAnswered("GET", 200);
  requests.OnAnswered("BREW", 418);
  requests.OnStarted();
  requests.OnAuthFailure("bad_token");
  requests.OnRateLimited();
  Exposition text("portwing_");
  AddRequestFamilies(text, requests);
  AddListenerFamilies(text, 3);
  CHECK(Families(text.Text()) ==
        "portwing_http_requests_total\nportwing_http_request_duration_seconds\nportwing_http_requests_in_flight\n"
        "portwing_auth_failures_total\nportwing_rate_limited_total\nportwing_listener_connections\n");
  for (const auto *const line :
       {"portwing_http_requests_total{method=\"GET\",code=\"200\"} 2\n",
        "portwing_http_requests_total{method=\"other\",code=\"418\"} 1\n", "portwing_http_requests_in_flight 1\n",
        "portwing_auth_failures_total{reason=\"bad_token\"} 1\n", "portwing_rate_limited_total 1\n",
        "portwing_http_request_duration_seconds_bucket{le=\"+Inf\"} 0\n", "portwing_listener_connections 3\n"}) {
    CHECK_THAT(text.Text(), Contains(line));
  }
}

TEST_CASE("MetricFamilies: heads are there before anything has happened", "[metrics]") {
  Exposition text("portwing_");
  AddRequestFamilies(text, RequestMetrics());
  CHECK_THAT(text.Text(), Contains("# TYPE portwing_http_requests_total counter\n"));
  CHECK_THAT(text.Text(), Contains("# TYPE portwing_auth_failures_total counter\n"));
}

TEST_CASE("MetricFamilies: audit", "[metrics]") {
  Fixture fixture;
  AuditJournal journal(fixture.loop, "", 5);
  journal.Add({});
  Exposition text("lookout_");
  AddAuditFamilies(text, journal, {3, 1});
  for (const auto *const line :
       {"lookout_audit_buffer_records 1\n", "lookout_audit_buffer_capacity 5\n", "lookout_audit_sink_enabled 0\n",
        "lookout_audit_lost_records_total 0\n",
        "lookout_audit_exports_total{outcome=\"error\"} 1\nlookout_audit_exports_total{outcome=\"success\"} 3\n"}) {
    CHECK_THAT(text.Text(), Contains(line));
  }
}

TEST_CASE("MetricFamilies: tunnel", "[metrics]") {
  TunnelStatus status;
  status.connected = true;
  status.waits = 4;
  status.clock_offset = -90;
  TunnelFigures figures;
  figures.stream_waits = 7;
  figures.waiting_streams = 1;
  figures.buffered_bytes = 1000;
  figures.execs = {2, 5};
  figures.sent.Count(10);
  Exposition text("portwing_");
  AddTunnelFamilies(text, status, figures);
  for (const auto *const line :
       {"portwing_edge_controller_connected 1\n", "portwing_edge_reconnects_total 4\n",
        "portwing_edge_backpressure_events_total 7\n", "portwing_edge_streams_waiting 1\n",
        "portwing_edge_buffered_bytes 1000\n", "portwing_edge_clock_offset_seconds -90\n",
        "portwing_edge_tasks{kind=\"exec\"} 2\n", "portwing_edge_tasks_total{kind=\"exec\"} 5\n",
        "portwing_edge_tasks_total{kind=\"stream\"} 0\n", "portwing_edge_messages_total{direction=\"sent\"} 1\n",
        "portwing_edge_message_bytes_total{direction=\"sent\"} 10\n"}) {
    CHECK_THAT(text.Text(), Contains(line));
  }
}
