// SPDX-License-Identifier: Apache-2.0
#include "proxy/RequestCounter.hxx"

#include <catch2/catch.hpp>
#include <string>

#include "tests/support/FakeClock.hxx"
#include "tests/support/RecordingDuplexSink.hxx"
#include "tests/support/RecordingSink.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/ScriptedHandler.hxx"

using namespace lookout;

namespace {

Request MakeRequest(std::string method, std::string target) {
  Request request;
  request.head = {std::move(method), std::move(target), {}};
  request.audit.event.clear();
  return request;
}

struct CounterFixture {
  uint64_t Counted(std::string_view method, int status) const {
    const auto found = metrics.Requests().find({method, status});
    return found == metrics.Requests().end() ? 0 : found->second;
  }
  void Run() {
    for (int i = 0; i < 3; ++i) loop.RunOnce(Duration::zero());
  }

  FakeClock clock;
  EventLoop loop{clock};
  ScriptedHandler next{loop};
  RequestMetrics metrics;
  RequestTimer timer{loop, next, metrics};
  RequestCounter counter{timer, metrics, kPortwingDialect};
};

}  // namespace

TEST_CASE("DurationHistogram: bounds are inclusive and counts add up", "[metrics]") {
  DurationHistogram histogram;
  for (const double seconds : {0.002, 0.03, 1.5}) histogram.Observe(seconds);
  const auto [bound, count] = GENERATE(table<double, uint64_t>({{0.001, 0}, {0.005, 1}, {0.05, 2}, {1, 2}, {10, 3}}));
  for (size_t i = 0; i < DurationHistogram::kBounds.size(); ++i) {
    if (DurationHistogram::kBounds[i] == bound) CHECK(histogram.CountUpTo(i) == count);
    if (i > 0) CHECK(histogram.CountUpTo(i) >= histogram.CountUpTo(i - 1));
  }
  CHECK(histogram.Count() == 3);
  CHECK(histogram.Sum() == Approx(1.532));
  histogram.Observe(0.001);
  CHECK(histogram.CountUpTo(0) == 1);
  histogram.Observe(10.001);
  CHECK(histogram.CountUpTo(11) == 4);
  CHECK(histogram.Count() == 5);
}

TEST_CASE("RequestMetrics: no text of a client becomes a label", "[metrics]") {
  RequestMetrics metrics;
  for (int i = 0; i < 1000; ++i) metrics.OnAnswered("METHOD" + std::to_string(i), 401);
  metrics.OnAnswered("get", 401);
  metrics.OnAnswered("GET", 401);
  CHECK(metrics.Requests() == RequestMetrics::RequestCounts{{{"GET", 401}, 1}, {{"other", 401}, 1001}});
}

TEST_CASE("RequestMetrics: refusals are counted by reason", "[metrics]") {
  RequestMetrics metrics;
  metrics.OnAuthFailure("replay");
  metrics.OnAuthFailure("replay");
  metrics.OnAuthFailure("");
  metrics.OnRateLimited();
  CHECK(metrics.AuthFailures() == RequestMetrics::ReasonCounts{{"replay", 2}, {"unknown", 1}});
  CHECK(metrics.RateLimited() == 1);
  for (int i = 0; i < 100; ++i) metrics.OnAuthFailure("reason " + std::to_string(i));
  CHECK(metrics.AuthFailures().size() == RequestMetrics::kMaxReasons + 1);
  CHECK(metrics.AuthFailures().at("other") == 70);
}

TEST_CASE("RequestCounter: names and counts a request", "[metrics]") {
  CounterFixture fixture;
  RecordingSink sink;
  auto exchange = fixture.counter.Handle(MakeRequest("GET", "/containers/json"), sink);
  fixture.Run();
  auto &call = *fixture.next.calls.at(0);
  CHECK(call.request.id.size() == 16);
  CHECK(call.request.audit.event == "api_request");
  CHECK(fixture.metrics.InFlight() == 1);
  fixture.clock.Advance(std::chrono::milliseconds(300));
  call.Answer(404, "no");
  CHECK(sink.head->headers.Joined("X-Portwing-Request-Id") == call.request.id);
  CHECK(fixture.Counted("GET", 404) == 1);
  exchange.reset();
  CHECK(fixture.metrics.InFlight() == 0);
  CHECK(fixture.metrics.Durations().Count() == 1);
  CHECK(fixture.metrics.Durations().Sum() == Approx(0.3));
  CHECK(fixture.metrics.Requests().size() == 1);
}

TEST_CASE("RequestCounter: the header is of the path's family", "[metrics]") {
  CounterFixture fixture;
  RecordingSink sink;
  const auto exchange = fixture.counter.Handle(MakeRequest("GET", "/_lookout/info"), sink);
  fixture.Run();
  fixture.next.calls.at(0)->Answer(200, "");
  CHECK(sink.head->headers.Has("X-Lookout-Request-Id"));
}

TEST_CASE("RequestCounter: failures and clients that leave", "[metrics]") {
  CounterFixture fixture;
  RecordingSink sink;
  auto exchange = fixture.counter.Handle(MakeRequest("POST", "/build"), sink);
  fixture.Run();
  SECTION("a failure counts as the status that it becomes") {
    fixture.next.calls.at(0)->sink->OnError({Failure::Kind::Unreachable, "no engine"});
    CHECK(fixture.Counted("POST", 502) == 1);
    exchange.reset();
    CHECK(fixture.Counted("POST", 499) == 0);
  }
  SECTION("a client that leaves") {
    exchange.reset();
    CHECK(fixture.Counted("POST", 499) == 1);
  }
  CHECK(fixture.metrics.InFlight() == 0);
}

TEST_CASE("RequestCounter: raw connections", "[metrics]") {
  CounterFixture fixture;
  RecordingDuplexSink sink;
  auto duplex = fixture.counter.Open(MakeRequest("POST", "/exec/e/start"), sink);
  fixture.Run();
  fixture.next.calls.at(0)->Head(101, {});
  CHECK(fixture.Counted("POST", 101) == 1);
  CHECK(fixture.metrics.InFlight() == 1);
  fixture.clock.Advance(std::chrono::hours(1));
  duplex.reset();
  CHECK(fixture.metrics.Durations().Sum() == Approx(3600));
}

TEST_CASE("RequestCounter: health and readiness do not count", "[metrics]") {
  CounterFixture fixture;
  const auto target = GENERATE(as<std::string>(), "/health", "/ready", "/_lookout/health", "/_portwing/health?x");
  RecordingSink sink;
  auto exchange = fixture.counter.Handle(MakeRequest("GET", target), sink);
  fixture.Run();
  CHECK(fixture.metrics.InFlight() == 0);
  CHECK(fixture.next.calls.at(0)->request.audit.event.empty());
  fixture.next.calls.at(0)->Answer(200, "");
  exchange.reset();
  CHECK(fixture.metrics.Requests().empty());
  CHECK(fixture.metrics.Durations().Count() == 0);
}
