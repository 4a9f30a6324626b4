// SPDX-License-Identifier: Apache-2.0
#include "proxy/PatternRoutes.hxx"

#include <catch2/catch.hpp>

#include "proxy/ReadyAnswer.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/RecordingDuplexSink.hxx"
#include "tests/support/RecordingSink.hxx"

using namespace lookout;

namespace {

/** Answers with a head and one piece of a body that never ends. */
class EndlessAnswer final : public Exchange {
 public:
  EndlessAnswer(EventLoop &loop, ResponseSink &sink, int &alive)
      : sink_(sink), alive_(alive), step_(loop, [this] {
          sink_.OnHead({200, "OK", {{"Content-Type", "text/event-stream"}}});
          sink_.OnData(": hello\n\n");
        }) {
    ++alive_;
    step_.Schedule();
  }
  ~EndlessAnswer() override { --alive_; }
  void Resume() override {}

 private:
  ResponseSink &sink_;
  int &alive_;
  Deferred step_;
};

class Fixture {
 public:
  Fixture() {
    const auto echo = [this](RouteCall call) {
      std::string text(call.request.head.method);
      for (const auto &argument : call.arguments) text += " [" + argument + "]";
      return MakeReadyExchange(loop, call.sink, MakeTextResponse(200, text));
    };
    routes.Add("GET", "/c/{id}", echo);
    routes.Add("DELETE", "/c/{id}", echo);
    routes.Add("GET", "/w/{type}/{name}", echo);
    routes.Add("POST", "/post", echo);
    routes.Add("GET", "/endless",
               [this](const RouteCall &call) { return std::make_unique<EndlessAnswer>(loop, call.sink, alive); });
  }
  void Ask(std::string_view method, std::string_view target) {
    sink = {};
    Request request;
    request.head = {std::string(method), std::string(target), {}};
    auto *const handler = routes.Find(request.head.Path());
    REQUIRE(handler != nullptr);
    exchange = handler->Handle(std::move(request), sink);
    loop.RunDeferred();
    CHECK(sink.violation.empty());
  }

  FakeClock clock;
  EventLoop loop{clock};
  PatternRoutes routes{loop};
  int alive = 0;
  RecordingSink sink;
  std::unique_ptr<Exchange> exchange;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "PatternRoutes: hands decoded arguments to the action of the method", "[routes]") {
  Ask("GET", "/c/a%20b%2fc?tail=1");
  CHECK(sink.body == "GET [a b/c]\n");
  Ask("DELETE", "/c/x");
  CHECK(sink.body == "DELETE [x]\n");
  Ask("GET", "/w/docker/local");
  CHECK(sink.body == "GET [docker] [local]\n");
  CHECK(routes.Find("/c") == nullptr);
  CHECK(routes.Find("/c/x/y") == nullptr);
}

TEST_CASE_METHOD(Fixture, "PatternRoutes: refuses other methods, and says which there are", "[routes]") {
  Ask("PUT", "/c/x");
  CHECK(sink.head->status == 405);
  CHECK(*sink.head->headers.Find("Allow") == "GET, HEAD, DELETE");
  Ask("GET", "/post");
  CHECK(sink.head->status == 405);
  CHECK(*sink.head->headers.Find("Allow") == "POST");
  Ask("HEAD", "/post");
  CHECK(sink.head->status == 405);
  Ask("get", "/c/x");
  CHECK(sink.head->status == 405);
}

TEST_CASE_METHOD(Fixture, "PatternRoutes: a broken escape is no argument", "[routes]") {
  for (const auto target : {"/c/%", "/c/%4", "/c/a%zz"}) {
    Ask("GET", target);
    CHECK(sink.head->status == 400);
  }
}

TEST_CASE_METHOD(Fixture, "PatternRoutes: HEAD is the head of GET, whose work is called off", "[routes]") {
  Ask("HEAD", "/c/x");
  CHECK(sink.head->status == 200);
  CHECK(*sink.head->headers.Find("Content-Length") == "9");
  CHECK(sink.body.empty());
  CHECK(sink.ended);
  Ask("HEAD", "/endless");
  CHECK(*sink.head->headers.Find("Content-Type") == "text/event-stream");
  CHECK(sink.body.empty());
  CHECK(sink.ended);
  CHECK(alive == 0);
}

TEST_CASE_METHOD(Fixture, "PatternRoutes: an upgrade is answered like any other request", "[routes]") {
  RecordingDuplexSink duplex_sink;
  Request request;
  request.head = {"GET", "/c/x", {{"Upgrade", "tcp"}}};
  const auto duplex = routes.Find("/c/x")->Open(std::move(request), duplex_sink);
  CHECK(duplex->Send("bytes") == Flow::Go);
  loop.RunDeferred();
  CHECK(duplex_sink.head->status == 200);
  CHECK(duplex_sink.body == "GET [x]\n");
  CHECK(duplex_sink.ended);
  CHECK(duplex_sink.violation.empty());
}
