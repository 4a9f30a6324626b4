// SPDX-License-Identifier: Apache-2.0
#include "proxy/Dispatcher.hxx"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/support/FakeClock.hxx"
#include "tests/support/FakeHandler.hxx"
#include "tests/support/RecordingSink.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

class FakeRoutes final : public RouteTable {
 public:
  FakeRoutes(std::string own, RequestHandler &health) : own_(std::move(own)), health_(health) {}
  RequestHandler *Find(std::string_view path) override {
    asked.emplace_back(path);
    return path == own_ ? &health_ : nullptr;
  }
  std::vector<std::string> Paths() const override { return {"/health"}; }
  std::vector<std::string> asked;

 private:
  std::string own_;
  RequestHandler &health_;
};

Request MakeRequest(std::string method, std::string target) {
  Request request;
  request.head.method = std::move(method);
  request.head.target = std::move(target);
  request.origin = {Origin::Transport::Tunnel, "wss://controller"};
  request.audit.event = "api_request";
  request.id = "r1";
  return request;
}

struct DispatchFixture {
  RecordingSink Ask(Request request) {
    RecordingSink sink;
    const auto exchange = dispatcher.Handle(std::move(request), sink);
    CHECK_FALSE(sink.IsDone());
    loop.RunOnce(Duration::zero());
    CHECK(sink.IsDone());
    CHECK(sink.violation.empty());
    return sink;
  }
  RecordingSink Ask(std::string method, std::string target) {
    return Ask(MakeRequest(std::move(method), std::move(target)));
  }
  /** The audit file once it has as many lines. */
  std::string Audit(size_t lines) {
    std::string text;
    RunUntil(loop, [&] {
      text = ReadFile(directory.Join("audit"));
      return static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) >= lines;
    });
    return text;
  }

  TempDir directory;
  FakeClock clock;
  EventLoop loop{clock};
  ReadyOutcome outcome = MakeTextResponse(200, "docker");
  FakeHandler docker{loop, [this](const Request &) { return outcome; }};
  FakeHandler health{loop, [](const Request &) { return MakeTextResponse(200, "health"); }};
  FakeHandler ready{loop, [](const Request &) { return MakeTextResponse(200, "ready"); }};
  FakeRoutes top_routes{"/ready", ready};
  FakeRoutes routes{"/health", health};
  AuditJournal audit{loop, directory.Join("audit"), 10};
  Dispatcher dispatcher{loop, top_routes, routes, docker, audit};
};

}  // namespace

TEST_CASE("Dispatcher: routes at the top, routes under both prefixes, and all else is Docker's", "[proxy]") {
  DispatchFixture fixture;
  const auto [target, body] = GENERATE(table<std::string, std::string>({
      {"/_lookout/health", "health\n"},
      {"/_portwing/health?x=1", "health\n"},
      {"/_lookout/other", "404 page not found\n"},
      {"/_lookout/", "404 page not found\n"},
      {"/_lookout", "docker\n"},
      {"/_LOOKOUT/health", "docker\n"},
      {"/%5Flookout/health", "docker\n"},
      {"//_lookout/health", "docker\n"},
      {"/v1.41/_lookout/health", "docker\n"},
      {"/health", "docker\n"},
      {"/ready", "ready\n"},
      {"/ready?x", "ready\n"},
      {"/ready/", "docker\n"},
      {"/_lookout/ready", "404 page not found\n"},
      {"/containers/json", "docker\n"},
      {"/../_lookout/health", "docker\n"},
  }));
  INFO(target);
  const auto sink = fixture.Ask("GET", target);
  CHECK(sink.body == body);
  if (body == "docker\n") CHECK(fixture.docker.heads.at(0).target == target);
  if (body == "health\n") CHECK(fixture.routes.asked.back() == "/health");
}

TEST_CASE("Dispatcher: the agent's own credentials go no further", "[proxy]") {
  DispatchFixture fixture;
  auto request = MakeRequest("GET", "/info");
  request.head.headers = {{"Accept", "*/*"},
                          {"authorization", "Bearer secret"},
                          {"X-Portwing-Token", "secret"},
                          {"X-PORTWING-SIGNATURE-VERSION", "2"},
                          {"X-Lookout-Key-ID", "k"},
                          {"X-Dd-Agent-Secret", "secret"},
                          {"X-Registry-Auth", "for docker"},
                          {"Cookie", "a"},
                          {"X-Portwing", "not ours"}};
  fixture.Ask(std::move(request));
  std::string names;
  for (const auto &header : fixture.docker.heads.at(0).headers) names += header.name + ";";
  CHECK(names == "Accept;X-Registry-Auth;Cookie;X-Portwing;");
}

TEST_CASE("Dispatcher: a request that is not well-formed is refused from the loop", "[proxy]") {
  DispatchFixture fixture;
  auto request = MakeRequest("GET", "/info");
  std::string words;
  SECTION("method") {
    request.head.method = "G T";
    words = "invalid request method: \"G T\"";
  }
  SECTION("no method") {
    request.head.method = "";
    words = "invalid request method";
  }
  SECTION("target with a line end") {
    request.head.target = "/a\r\nX: y";
    words = "\"/a\\r\\nX: y\"";
  }
  SECTION("no target") {
    request.head.target = "";
    words = "invalid request path";
  }
  SECTION("target of another form") {
    request.head.target = "http://elsewhere/";
    words = "invalid request path";
  }
  SECTION("header name") {
    request.head.headers.Add("a b", "c");
    words = "invalid header name: \"a b\"";
  }
  SECTION("header value") {
    request.head.headers.Add("A", "b\nc: d");
    words = "control characters in header A";
  }
  SECTION("long header") {
    request.head.headers.Add("A", std::string(64 * 1024 + 1, 'x'));
    words = "header A is over 64 KiB";
  }
  SECTION("many headers") {
    for (int i = 0; i < 5; ++i) request.head.headers.Add("A", std::string(64 * 1024, 'x'));
    words = "the headers are over 256 KiB";
  }
  const auto sink = fixture.Ask(std::move(request));
  REQUIRE(sink.failure.has_value());
  CHECK(sink.failure->kind == Failure::Kind::BadRequest);
  CHECK(sink.failure->message.find(words) != std::string::npos);
  CHECK(fixture.docker.heads.empty());
  CHECK(fixture.Audit(1).find(R"("outcome":"error","status":0)") != std::string::npos);
}

TEST_CASE("Dispatcher: every request leaves one audit record", "[proxy]") {
  DispatchFixture fixture;
  const auto [outcome, words, reason] = GENERATE(table<ReadyOutcome, std::string, std::string>({
      {MakeTextResponse(200, "x"), R"("outcome":"allowed","status":200)", ""},
      {MakeTextResponse(304, "x"), R"("outcome":"allowed","status":304)", ""},
      {MakeTextResponse(404, "x"), R"("outcome":"error","status":404)", ""},
      {MakeTextResponse(403, "x"), R"("outcome":"denied","status":403)", ""},
      {MakeTextResponse(500, "x"), R"("outcome":"error","status":500)", ""},
      {Failure{Failure::Kind::Refused, "x"}, R"("outcome":"denied","status":0)", R"("reason":"x",)"},
      {Failure{Failure::Kind::Unreachable, "x"}, R"("outcome":"error","status":0)", R"("reason":"x",)"},
  }));
  fixture.outcome = outcome;
  auto request = MakeRequest("POST", "/containers/a/stop?t=1");
  request.audit = {"container_stop", "a", ""};
  fixture.Ask(std::move(request));
  CHECK(fixture.Audit(1) == R"({"time":"2025-06-11T00:00:00.000Z","level":"INFO","msg":"","event":"container_stop",)"
                            R"("actor":"wss://controller","method":"POST","path":"/containers/a/stop?t=1",)" +
                                words + R"(,"duration_ms":0,"container":"a",)" + reason + R"("request_id":"r1"})" +
                                "\n");
}

TEST_CASE("Dispatcher: the duration of the record ends with the head", "[proxy]") {
  DispatchFixture fixture;
  RecordingSink sink;
  const auto exchange = fixture.dispatcher.Handle(MakeRequest("GET", "/x"), sink);
  fixture.clock.Advance(std::chrono::milliseconds(1234));
  fixture.loop.RunOnce(Duration::zero());
  CHECK(fixture.Audit(1).find(R"("duration_ms":1234)") != std::string::npos);
}

TEST_CASE("Dispatcher: a request that is given up is recorded as cancelled", "[proxy]") {
  DispatchFixture fixture;
  RecordingSink sink;
  fixture.dispatcher.Handle(MakeRequest("GET", "/x"), sink).reset();
  CHECK(fixture.Audit(1).find(R"("outcome":"cancelled","status":0)") != std::string::npos);
}

TEST_CASE("Dispatcher: a request without an audit event leaves no record", "[proxy]") {
  DispatchFixture fixture;
  auto request = MakeRequest("GET", "/silent");
  request.audit.event.clear();
  fixture.Ask(std::move(request));
  fixture.Ask("GET", "/recorded");
  const std::string text = fixture.Audit(1);
  CHECK(text.find("silent") == std::string::npos);
  CHECK(text.find("recorded") != std::string::npos);
}

TEST_CASE("Dispatcher: what starts an exec is told apart", "[proxy]") {
  DispatchFixture fixture;
  const auto [method, target, words] = GENERATE(table<std::string, std::string, std::string>({
      {"POST", "/exec/e1/start", R"("event":"exec_start",)"},
      {"POST", "/v1.41/exec/e1/start?x=1", R"("event":"exec_start",)"},
      {"GET", "/exec/e1/start", R"("event":"api_request",)"},
      {"POST", "/exec/e1/resize", R"("event":"api_request",)"},
      {"POST", "/exec/a/b/start", R"("event":"api_request",)"},
      {"POST", "/exec//start", R"("event":"api_request",)"},
      {"POST", "/exec/start", R"("event":"api_request",)"},
  }));
  INFO(method << " " << target);
  fixture.Ask(method, target);
  const std::string text = fixture.Audit(1);
  CHECK(text.find(words) != std::string::npos);
  CHECK((text.find(R"("exec_id":"e1")") != std::string::npos) == (words.find("exec_start") != std::string::npos));
}

TEST_CASE("Dispatcher: a request without an id gets one, and the listener's path has no query", "[proxy]") {
  DispatchFixture fixture;
  auto request = MakeRequest("GET", "/info?secret=1");
  request.id.clear();
  request.origin = {Origin::Transport::Listener, "192.0.2.1"};
  request.origin.auth_method = "signature";
  request.origin.key_id = "k1";
  request.origin.certificate_subject = "CN=deploy";
  fixture.Ask(std::move(request));
  const AuditRecord &record = fixture.audit.Ring().Get(1);
  CHECK(record.request_id.size() == 16);
  CHECK(record.path == "/info");
  CHECK(record.auth_method == "signature");
  CHECK(record.key_id == "k1");
  CHECK(record.certificate == "CN=deploy");
}

TEST_CASE("Dispatcher: on the listener a failure is recorded as what the client is told", "[proxy]") {
  DispatchFixture fixture;
  fixture.outcome = Failure{Failure::Kind::Unreachable, "no engine"};
  auto request = MakeRequest("GET", "/info");
  request.origin.transport = Origin::Transport::Listener;
  fixture.Ask(std::move(request));
  CHECK(fixture.audit.Ring().Get(1).status == 502);
  CHECK(fixture.audit.Ring().Get(1).outcome == "error");
  CHECK(fixture.audit.Ring().Get(1).reason == "no engine");
}
