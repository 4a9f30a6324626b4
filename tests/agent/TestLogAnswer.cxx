// SPDX-License-Identifier: Apache-2.0
#include "agent/LogAnswer.hxx"

#include <catch2/catch.hpp>

#include "tests/support/FakeClock.hxx"
#include "tests/support/RecordingSink.hxx"
#include "tests/support/ScriptedHandler.hxx"

using namespace lookout;

namespace {

class Fixture {
 public:
  void Settle() {
    for (int i = 0; i < 6; ++i) {
      loop.Dispatch();
      loop.RunDeferred();
    }
    CHECK(sink.violation.empty());
  }
  void Ask(std::string_view query, const std::string &container = "c") {
    exchange.reset();
    sink = {};
    Request request;
    request.head = {"GET", "/api/containers/x/logs?" + std::string(query), {}};
    request.origin = {Origin::Transport::Listener, "192.0.2.1"};
    exchange = MakeLogExchange(loop, docker, {std::move(request), {container}, sink});
    Settle();
  }
  ScriptedHandler::Call &Call(size_t index = 0) {
    REQUIRE(docker.calls.size() > index);
    return *docker.calls.at(index);
  }
  static std::string Record(char kind, const std::string &text) {
    const std::string head{kind, 0, 0, 0, 0, 0, 0, static_cast<char>(text.size())};
    return head + text;
  }

  FakeClock clock;
  EventLoop loop{clock};
  ScriptedHandler docker{loop};
  RecordingSink sink;
  std::unique_ptr<Exchange> exchange;
};

const HeaderList kMultiplexed = {{"Content-Type", "application/vnd.docker.multiplexed-stream"}};
const HeaderList kRaw = {{"Content-Type", "application/vnd.docker.raw-stream"}};

}  // namespace

TEST_CASE_METHOD(Fixture, "LogAnswer: what the query may say", "[adapter]") {
  const auto [query, expected] = GENERATE(table<const char *, const char *>({
      {"", ""},
      {"tail=", ""},
      {"tail=10", "&tail=10"},
      {"tail=%2B5", "&tail=5"},
      {"tail=007", "&tail=7"},
      {"tail=0", "no"},
      {"tail=-1", "no"},
      {"tail=all", "no"},
      {"tail=+5", "no"},
      {"tail=5x", "no"},
      {"tail=%2B-5", "no"},
      {"tail=99999999999999999999", "no"},
      {"follow=1", "follow"},
      {"follow=true", "follow"},
      {"follow=TRUE", ""},
      {"follow=0", ""},
      {"follow", ""},
      {"timestamps=1", "&timestamps=1"},
      {"timestamps=true", "&timestamps=1"},
      {"timestamps=yes", ""},
      {"until=99&unknown=1", "&until=99"},
      {"since=2024-05-01T10:00:00Z", "since"},
      {"since=1%262", "since2"},
  }));
  Ask(query);
  CAPTURE(query);
  const std::string_view want = expected;
  if (want == "no") {
    CHECK(sink.head->status == 400);
    CHECK(sink.body == "invalid tail: must be a positive integer\n");
    CHECK(docker.calls.empty());
    return;
  }
  std::string target = "/containers/c/logs?";
  if (want == "follow") target += "follow=1&";
  if (want == "since") target += "since=2024-05-01T10%3A00%3A00Z&";
  if (want == "since2") target += "since=1%262&";
  target += "stderr=1&stdout=1";
  if (want.starts_with("&")) target += want;
  CHECK(Call().request.head.target == target);
  CHECK(Call().request.origin.actor == "192.0.2.1");
}

TEST_CASE_METHOD(Fixture, "LogAnswer: a name that is none never reaches the engine", "[adapter]") {
  for (const auto *const name : {"../images", "a/b", "-x", "a\nb", "a?force=1", "", "\xff"}) {
    Ask("", name);
    CHECK(sink.head->status == 400);
    CHECK(sink.body.starts_with("getting logs: invalid container id/name: \""));
  }
  Ask("", std::string(129, 'a'));
  CHECK(sink.head->status == 400);
  CHECK(docker.calls.empty());
  Ask("", std::string(128, 'a'));
  CHECK(docker.calls.size() == 1);
}

TEST_CASE_METHOD(Fixture, "LogAnswer: the head goes out at once, the text without frames in its order", "[adapter]") {
  Ask("follow=1");
  Call().Head(200, kMultiplexed);
  REQUIRE(sink.head);
  CHECK(sink.head->status == 200);
  CHECK(*sink.head->headers.Find("Content-Type") == "text/plain; charset=utf-8");
  CHECK_FALSE(sink.head->headers.Has("Content-Length"));
  const std::string text = Record(1, "out\n") + Record(2, "err\n") + Record(1, "") + Record(1, "more\n");
  for (const char byte : text) Call().sink->OnData({&byte, 1});
  CHECK(sink.body == "out\nerr\nmore\n");
  Call().sink->OnEnd();
  Settle();
  CHECK(sink.ended);
}

TEST_CASE_METHOD(Fixture, "LogAnswer: a terminal's output is passed on as it is", "[adapter]") {
  Ask("");
  const std::string text = Record(1, "not a frame") + "\r\n";
  SECTION("said by the engine") {
    Call().Head(200, kRaw);
  }
  SECTION("found out") {
    Call().Head(200, {{"Content-Type", "application/octet-stream"}});
    Settle();
    CHECK(sink.head->status == 200);
    CHECK(Call(1).request.head.target == "/containers/c/json");
    Call(1).Answer(200, R"({"Config":{"Tty":true}})");
  }
  Call().sink->OnData(text);
  Settle();
  Call().sink->OnEnd();
  Settle();
  CHECK(sink.body == text);
  CHECK(sink.ended);
}

TEST_CASE_METHOD(Fixture, "LogAnswer: what the engine says against it", "[adapter]") {
  const auto [engine_status, status] =
      GENERATE(table<int, int>({{404, 404}, {409, 409}, {400, 400}, {403, 403}, {500, 500}, {501, 500}}));
  Ask("");
  Call().Answer(engine_status, R"({"message":"No such container: c"})");
  Settle();
  CHECK(sink.head->status == status);
  CHECK(sink.body == "getting logs: container logs: docker error (status " + std::to_string(engine_status) +
                         "): No such container: c\n");
}

TEST_CASE_METHOD(Fixture, "LogAnswer: a log that breaks off does not look complete", "[adapter]") {
  Ask("");
  Call().Head(200, kMultiplexed);
  Call().sink->OnData(Record(1, "half").substr(0, 10));
  SECTION("in a frame") {
    Call().sink->OnEnd();
  }
  SECTION("with the connection") {
    Call().sink->OnError({Failure::Kind::Broken, "reset"});
  }
  Settle();
  CHECK(sink.body == "ha");
  REQUIRE(sink.failure);
  CHECK(sink.failure->kind == Failure::Kind::Broken);
}

TEST_CASE_METHOD(Fixture, "LogAnswer: no engine", "[adapter]") {
  Ask("");
  Call().sink->OnError({Failure::Kind::Unreachable, "no socket"});
  Settle();
  CHECK(sink.head->status == 500);
  CHECK(sink.body == "getting logs: container logs: no socket\n");
}

TEST_CASE_METHOD(Fixture, "LogAnswer: a slow client slows the engine, a gone one lets it go", "[adapter]") {
  Ask("follow=1");
  Call().Head(200, kMultiplexed);
  sink.flow = Flow::Wait;
  CHECK(Call().sink->OnData(Record(1, "x")) == Flow::Wait);
  sink.flow = Flow::Go;
  exchange->Resume();
  CHECK(Call().resumed == 1);
  CHECK(Call().sink->OnData(Record(1, "y")) == Flow::Go);
  exchange.reset();
  CHECK(Call().gone);
}
