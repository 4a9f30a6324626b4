// SPDX-License-Identifier: Apache-2.0
#include "proxy/AgentRoutes.hxx"

#include <catch2/catch.hpp>

#include "base/Clock.hxx"
#include "proxy/AgentPath.hxx"
#include "proxy/GetRoute.hxx"
#include "proxy/OperationsHandler.hxx"
#include "tests/support/RecordingDuplexSink.hxx"
#include "tests/support/RecordingSink.hxx"
#include "tests/support/RunLoop.hxx"

using namespace lookout;

namespace {

/** Answers with a word, when it is told to. */
class WordRoute final : public GetRoute {
 public:
  WordRoute(EventLoop &loop, std::string word) : GetRoute(loop), word_(std::move(word)) {}

  bool later = false;
  Respond respond;
  int cancelled = 0;

 private:
  struct Held final : Work {
    explicit Held(int &count) : cancelled(count) {}
    ~Held() override { ++cancelled; }
    int &cancelled;
  };

  std::unique_ptr<Work> Begin(const RequestHead &, Respond new_respond) override {
    if (!later) {
      new_respond(MakeTextResponse(200, word_));
      return nullptr;
    }
    respond = std::move(new_respond);
    return std::make_unique<Held>(cancelled);
  }

  std::string word_;
};

Request MakeRequest(std::string method, std::string target) {
  Request request;
  request.head = {std::move(method), std::move(target), {}};
  return request;
}

struct Fixture {
  Fixture() {
    top.Add("/health", live);
    agent.Add("/health", ready);
  }
  RecordingSink Ask(std::string method, std::string target) {
    RecordingSink sink;
    const auto exchange = handler.Handle(MakeRequest(std::move(method), std::move(target)), sink);
    CHECK_FALSE(sink.head);
    REQUIRE(RunUntil(loop, [&] { return sink.IsDone(); }));
    CHECK(sink.violation.empty());
    return sink;
  }

  SystemClock clock;
  EventLoop loop{clock};
  WordRoute live{loop, "live"};
  WordRoute ready{loop, "ready"};
  AgentRoutes top;
  AgentRoutes agent;
  OperationsHandler handler{loop, top, agent};
};

}  // namespace

TEST_CASE("AgentPath: both dialects, nothing else", "[routes]") {
  CHECK(AgentPath("/_lookout/health") == "/health");
  CHECK(AgentPath("/_portwing/info") == "/info");
  CHECK(AgentPath("/_lookout/") == "/");
  CHECK_FALSE(AgentPath("/_lookout"));
  CHECK_FALSE(AgentPath("/_Lookout/health"));
  CHECK_FALSE(AgentPath("/v1.41/_lookout/health"));
  CHECK_FALSE(AgentPath("/containers/json"));
}

TEST_CASE("OperationsHandler: finds its routes and no other", "[routes]") {
  Fixture fixture;
  const auto [target, body] = GENERATE(table<std::string, std::string>({
      {"/health", "live\n"},
      {"/health?x=/y", "live\n"},
      {"/_lookout/health", "ready\n"},
      {"/_portwing/health", "ready\n"},
      {"/", "404 page not found\n"},
      {"/health/", "404 page not found\n"},
      {"//health", "404 page not found\n"},
      {"/_lookout/other", "404 page not found\n"},
      {"/containers/json", "404 page not found\n"},
  }));
  CAPTURE(target);
  const auto sink = fixture.Ask("GET", target);
  CHECK(sink.body == body);
  CHECK(sink.head->status == (body.starts_with("404") ? 404 : 200));
}

TEST_CASE("OperationsHandler: a name that leads here from elsewhere finds nothing", "[routes]") {
  Fixture fixture;
  OperationsHandler handler{fixture.loop, fixture.top, fixture.agent, OwnNames({"rack4"})};
  for (const auto &[host, status] : {std::pair("rack4:3000", 200), std::pair("evil.example", 403)}) {
    Request request;
    request.head = {"GET", "/health", {{"Host", host}}};
    request.origin.peer_address = "127.0.0.1";
    RecordingSink sink;
    const auto exchange = handler.Handle(std::move(request), sink);
    REQUIRE(RunUntil(fixture.loop, [&] { return sink.IsDone(); }));
    CHECK(sink.head->status == status);
  }
}

TEST_CASE("AgentRoutes: own paths go before tables, tables in their order", "[routes]") {
  const SystemClock clock;
  EventLoop loop(clock);
  WordRoute own(loop, "own");
  WordRoute first(loop, "first");
  WordRoute second(loop, "second");
  AgentRoutes routes;
  AgentRoutes one;
  AgentRoutes two;
  routes.Add("/own", own);
  one.Add("/own", first);
  one.Add("/shared", first);
  two.Add("/shared", second);
  two.Add("/other", second);
  routes.AddTable(one);
  routes.AddTable(two);
  CHECK(routes.Find("/own") == &own);
  CHECK(routes.Find("/shared") == &first);
  CHECK(routes.Find("/other") == &second);
  CHECK(routes.Find("/") == nullptr);
}

TEST_CASE("GetRoute: methods", "[routes]") {
  Fixture fixture;
  const auto head = fixture.Ask("HEAD", "/health");
  CHECK(head.body.empty());
  CHECK(head.head->headers.Joined("Content-Length") == "5");
  for (const auto *const method : {"POST", "DELETE", "OPTIONS", "get"}) {
    const auto sink = fixture.Ask(method, "/health");
    CHECK(sink.head->status == 405);
    CHECK(sink.head->headers.Joined("Allow") == "GET, HEAD");
    CHECK(sink.body == "method not allowed\n");
  }
}

TEST_CASE("GetRoute: an upgrade is answered like any request", "[routes]") {
  Fixture fixture;
  RecordingDuplexSink sink;
  const auto duplex = fixture.handler.Open(MakeRequest("GET", "/health"), sink);
  CHECK(duplex->Send("ignored") == Flow::Go);
  REQUIRE(RunUntil(fixture.loop, [&] { return sink.IsDone(); }));
  CHECK(sink.head->status == 200);
  CHECK(sink.body == "live\n");
}

TEST_CASE("GetRoute: an answer that comes later, or is called off", "[routes]") {
  Fixture fixture;
  fixture.live.later = true;
  RecordingSink sink;
  auto exchange = fixture.handler.Handle(MakeRequest("GET", "/health"), sink);
  RunFor(fixture.loop, std::chrono::milliseconds(5));
  CHECK_FALSE(sink.head);
  exchange->Resume();
  SECTION("later") {
    fixture.live.respond(MakeTextResponse(200, "late"));
    REQUIRE(RunUntil(fixture.loop, [&] { return sink.IsDone(); }));
    CHECK(sink.body == "late\n");
  }
  SECTION("called off") {
    exchange.reset();
    CHECK(fixture.live.cancelled == 1);
  }
}
