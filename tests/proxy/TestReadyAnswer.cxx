// SPDX-License-Identifier: Apache-2.0
#include "proxy/ReadyAnswer.hxx"

#include <catch2/catch.hpp>
#include <chrono>

#include "tests/support/FakeClock.hxx"
#include "tests/support/RecordingSink.hxx"

using namespace lookout;

namespace {

void Run(EventLoop &loop) {
  loop.RunOnce(Duration::zero());
}

}  // namespace

TEST_CASE("ReadyAnswer: a response is delivered from the loop", "[proxy]") {
  FakeClock clock;
  EventLoop loop(clock);
  RecordingSink sink;
  const auto exchange = MakeReadyExchange(loop, sink, MakeTextResponse(404, "no such route"));
  CHECK_FALSE(sink.head.has_value());
  Run(loop);
  CHECK(sink.ended);
  CHECK(sink.violation.empty());
  CHECK(sink.head->status == 404);
  CHECK(sink.head->reason == "Not Found");
  CHECK(*sink.head->headers.Find("Content-Type") == "text/plain; charset=utf-8");
  CHECK(*sink.head->headers.Find("Content-Length") == "14");
  CHECK(sink.body == "no such route\n");
}

TEST_CASE("ReadyAnswer: the end waits for a sink that waits", "[proxy]") {
  FakeClock clock;
  EventLoop loop(clock);
  RecordingSink sink;
  sink.flow = Flow::Wait;
  const auto exchange = MakeReadyExchange(loop, sink, MakeJsonResponse(200, "{}"));
  Run(loop);
  CHECK(sink.body == "{}");
  CHECK_FALSE(sink.ended);
  exchange->Resume();
  CHECK_FALSE(sink.ended);
  Run(loop);
  CHECK(sink.ended);
  exchange->Resume();
  Run(loop);
  CHECK(sink.violation.empty());
}

TEST_CASE("ReadyAnswer: a large body comes in pieces, as the sink takes them", "[proxy]") {
  FakeClock clock;
  EventLoop loop(clock);
  RecordingSink sink;
  sink.flow = Flow::Wait;
  std::string body(1'000'000, 'x');
  body += "end";
  const auto exchange = MakeReadyExchange(loop, sink, MakeJsonResponse(200, body));
  Run(loop);
  CHECK(sink.body.size() == 64 * 1024);
  exchange->Resume();
  Run(loop);
  CHECK(sink.body.size() == 2 * 64 * 1024);
  sink.flow = Flow::Go;
  exchange->Resume();
  Run(loop);
  CHECK(sink.ended);
  CHECK(sink.body == body);
  CHECK(sink.violation.empty());
}

TEST_CASE("ReadyAnswer: an empty body is no data", "[proxy]") {
  FakeClock clock;
  EventLoop loop(clock);
  RecordingSink sink;
  const auto exchange = MakeReadyExchange(loop, sink, FullResponse{ResponseHead{204, "No Content", {}}, ""});
  Run(loop);
  CHECK(sink.ended);
  CHECK(sink.violation.empty());
}

TEST_CASE("ReadyAnswer: a failure is delivered once", "[proxy]") {
  FakeClock clock;
  EventLoop loop(clock);
  RecordingSink sink;
  const auto exchange = MakeReadyExchange(loop, sink, Failure{Failure::Kind::Refused, "no"});
  Run(loop);
  Run(loop);
  CHECK(sink.failure->message == "no");
  CHECK(sink.violation.empty());
}

TEST_CASE("ReadyAnswer: destroyed early, it says nothing", "[proxy]") {
  FakeClock clock;
  EventLoop loop(clock);
  RecordingSink sink;
  MakeReadyExchange(loop, sink, MakeTextResponse(200, "x")).reset();
  Run(loop);
  CHECK_FALSE(sink.head.has_value());
}
