// SPDX-License-Identifier: Apache-2.0
#include "proxy/PostRoute.hxx"

#include <catch2/catch.hpp>

#include "tests/support/FakeClock.hxx"
#include "tests/support/PushBody.hxx"
#include "tests/support/RecordingSink.hxx"

using namespace lookout;

namespace {

/** Answers with what it was given. */
class EchoRoute final : public PostRoute {
 public:
  using PostRoute::PostRoute;

 protected:
  std::unique_ptr<AnswerWork> Begin(WholeRequest request, Respond respond) override {
    respond(MakeTextResponse(200, request.head.target + " " + request.origin.actor + " " + request.body));
    return nullptr;
  }
};

struct Fixture {
  FakeClock clock;
  EventLoop loop{clock};
  EchoRoute route{loop, 10};
  RecordingSink sink;
  std::shared_ptr<PushBodyState> body = std::make_shared<PushBodyState>();

  std::unique_ptr<Exchange> Ask(std::string_view method, std::unique_ptr<BodySource> source) {
    Request request;
    request.head.method = method;
    request.head.target = "/echo?x";
    request.origin.actor = "me";
    request.body = std::move(source);
    auto exchange = route.Handle(std::move(request), sink);
    CHECK_FALSE(sink.IsDone());
    Run();
    return exchange;
  }
  std::unique_ptr<Exchange> AskWithPushedBody() { return Ask("POST", std::make_unique<PushBody>(body, std::nullopt)); }
  void Run() {
    loop.Dispatch();
    loop.RunDeferred();
  }
};

}  // namespace

TEST_CASE("PostRoute: works on the whole body", "[route]") {
  Fixture f;
  const auto exchange = f.Ask("POST", std::make_unique<StringBody>("0123456789"));
  REQUIRE(f.sink.ended);
  CHECK(f.sink.head->status == 200);
  CHECK(f.sink.body == "/echo?x me 0123456789\n");
  CHECK(f.sink.violation.empty());
}

TEST_CASE("PostRoute: waits for a body that comes in pieces", "[route]") {
  Fixture f;
  const auto exchange = f.AskWithPushedBody();
  CHECK_FALSE(f.sink.IsDone());
  f.body->Push("01");
  f.Run();
  CHECK_FALSE(f.sink.IsDone());
  f.body->Push("23");
  f.body->Finish();
  f.Run();
  REQUIRE(f.sink.ended);
  CHECK(f.sink.body == "/echo?x me 0123\n");
}

TEST_CASE("PostRoute: no body is an empty one", "[route]") {
  Fixture f;
  const auto exchange = f.Ask("POST", nullptr);
  REQUIRE(f.sink.ended);
  CHECK(f.sink.body == "/echo?x me \n");
}

TEST_CASE("PostRoute: refuses what it cannot take", "[route]") {
  Fixture f;
  SECTION("a body that says it is too large") {
    const auto exchange = f.Ask("POST", std::make_unique<StringBody>("0123456789a"));
    CHECK(f.sink.head->status == 413);
    CHECK(f.sink.body == "request body too large\n");
  }
  SECTION("a body of unknown length that turns out too large") {
    f.body->Push("0123456789");
    f.body->Push("a");
    const auto exchange = f.AskWithPushedBody();
    CHECK(f.sink.head->status == 413);
  }
  SECTION("a body that breaks off") {
    f.body->Finish(BodySource::Chunk::State::Error);
    const auto exchange = f.AskWithPushedBody();
    CHECK(f.sink.head->status == 400);
  }
  SECTION("another method") {
    const auto exchange = f.Ask("GET", nullptr);
    CHECK(f.sink.head->status == 405);
    CHECK(*f.sink.head->headers.Find("Allow") == "POST");
  }
}

TEST_CASE("PostRoute: an exchange that is destroyed while the body comes stays silent", "[route]") {
  Fixture f;
  auto exchange = f.AskWithPushedBody();
  exchange.reset();
  f.body->Push("01");
  f.Run();
  CHECK_FALSE(f.sink.IsDone());
}
