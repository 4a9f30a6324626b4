// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/tunnel/TaskFixture.hxx"
#include "tunnel/Limits.hxx"

using namespace lookout;

namespace {

std::string Record(char type, std::string_view payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  std::string record{type,
                     0,
                     0,
                     0,
                     static_cast<char>(size >> 24),
                     static_cast<char>(size >> 16 & 255),
                     static_cast<char>(size >> 8 & 255),
                     static_cast<char>(size & 255)};
  return record.append(payload);
}

const HeaderList kMultiplexed = {{"Content-Type", "application/vnd.docker.multiplexed-stream"}};
const HeaderList kRaw = {{"Content-Type", "application/vnd.docker.raw-stream"}};

class LogFixture : public TaskFixture {
 public:
  void Ask(std::string_view more = "") {
    Receive("dd:container_log_request", std::string("'requestId':'l','containerId':'c'").append(more));
  }
  void Follow(std::string_view more = "") { Ask(std::string(",'stream':true,'follow':true").append(more)); }
};

}  // namespace

TEST_CASE_METHOD(LogFixture, "ContainerLogReader: the query is sorted, escaped, and says what was asked", "[logs]") {
  const auto target = [this](std::string_view more) {
    Ask(more);
    return LastCall().request.head.target;
  };
  CHECK(target("") == "/containers/c/logs?stderr=1&stdout=1");
  CHECK(target(",'tail':0") == "/containers/c/logs?stderr=1&stdout=1&tail=0");
  CHECK(target(",'tail':-1") == "/containers/c/logs?stderr=1&stdout=1");
  CHECK(target(",'tail':'7','since':0,'until':'9','timestamps':true") ==
        "/containers/c/logs?since=0&stderr=1&stdout=1&tail=7&timestamps=1&until=9");
  CHECK(target(",'since':'1&follow=1'") == "/containers/c/logs?since=1%26follow%3D1&stderr=1&stdout=1");
  CHECK(target(",'follow':true,'until':'99'") ==
        "/containers/c/logs?follow=1&stderr=1&stdout=1&until=" + std::to_string(clock.UnixSeconds() + 5));
}

TEST_CASE_METHOD(LogFixture, "LogSnapshot: the text of both streams in one answer", "[logs]") {
  Ask();
  LastCall().Head(200, kMultiplexed);
  LastCall().sink->OnData(Record(1, "stdout\n") + Record(2, "stderr\n"));
  LastCall().sink->OnEnd();
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].Type() == "dd:container_log_response");
  CHECK(frames[0]["requestId"].AsString() == "l");
  CHECK(frames[0]["containerId"].AsString() == "c");
  CHECK(frames[0]["logs"].AsString() == "stdout\nstderr\n");
}

TEST_CASE_METHOD(LogFixture, "ContainerLogReader: an engine that does not tell the format is asked for the TTY",
                 "[logs]") {
  Ask();
  Call(0).Head(200, {});
  const std::string record = Record(1, "hello\n");
  CHECK(Call(0).sink->OnData(record) == Flow::Wait);
  Settle();
  CHECK(Call(1).request.head.target == "/containers/c/json");
  std::string expected = "hello\n";
  SECTION("no TTY") {
    Call(1).Answer(200, R"({"Config":{"Tty":false}})");
  }
  SECTION("a TTY") {
    Call(1).Answer(200, R"({"Config":{"Tty":true}})");
    expected = record;
  }
  SECTION("no answer: the first bytes decide") {
    Call(1).Answer(404, "{}");
  }
  Settle();
  CHECK(Call(0).resumed == 1);
  Call(0).sink->OnEnd();
  Settle();
  CHECK(Sent().front()["logs"].AsString() == expected);
}

TEST_CASE_METHOD(LogFixture, "LogSnapshot: failures are text, as the controller knows them", "[logs]") {
  Ask();
  SECTION("the engine refuses") {
    LastCall().Answer(404, R"({"message":"No such container: c"})");
    Settle();
    CHECK(Sent().front()["logs"].AsString() ==
          "error: container logs: docker error (status 404): No such container: c");
  }
  SECTION("it breaks off") {
    LastCall().Head(200, kRaw);
    LastCall().sink->OnData("part\n");
    LastCall().sink->OnError({Failure::Kind::Broken, "cut"});
    Settle();
    const std::string logs = Sent().front()["logs"].AsString();
    CHECK(logs.find("part\n") == 0);
    CHECK(logs.find("broke off") != std::string::npos);
  }
}

TEST_CASE_METHOD(LogFixture, "LogSnapshot: of a big log the newest lines are kept, and it is said", "[logs]") {
  Ask();
  LastCall().Head(200, kRaw);
  std::string last;
  for (int i = 0; i < 400'000; ++i) {
    last = "line " + std::to_string(i) + " of a log that is far too long for one message\n";
    LastCall().sink->OnData(last);
  }
  CHECK(queue.TotalBytes() <= limits::kMaxLogText + 2 * limits::kMiB);
  LastCall().sink->OnEnd();
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  const std::string &logs = frames[0]["logs"].AsString();
  CHECK(frames[0].text->size() < limits::kMaxOutbound);
  CHECK(logs.size() > 6 * limits::kMiB);
  CHECK(logs.find("[lookout: ") == 0);
  CHECK(logs.substr(logs.find('\n') + 1, 5) == "line ");
  CHECK(logs.substr(logs.size() - last.size()) == last);
  CHECK(queue.TotalBytes() == 0);
}

TEST_CASE_METHOD(LogFixture, "LogSnapshot: a follow is given 7 seconds", "[logs]") {
  Ask(",'follow':true");
  LastCall().Head(200, kRaw);
  LastCall().sink->OnData("so far\n");
  Advance(std::chrono::seconds(7));
  CHECK(Sent().front()["logs"].AsString() == "so far\n");
  CHECK(LastCall().gone);
}

TEST_CASE_METHOD(LogFixture, "LogStream: chunks keep the streams apart and the order", "[logs]") {
  Follow(",'since':0,'tail':100,'timestamps':true");
  auto &call = LastCall();
  call.Head(200, kMultiplexed);
  call.sink->OnData(Record(1, "a\n") + Record(1, "b\n") + Record(2, "c\n") + Record(1, "d\n"));
  call.sink->OnEnd();
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 4);
  CHECK(frames[0]["logs"].AsString() == "a\nb\n");
  CHECK(frames[0]["stream"].AsString() == "stdout");
  CHECK(frames[1]["stream"].AsString() == "stderr");
  CHECK(frames[2]["logs"].AsString() == "d\n");
  CHECK(frames[3].Type() == "dd:container_log_end");
  CHECK(frames[3]["reason"].AsString() == "eof");
}

TEST_CASE_METHOD(LogFixture, "LogStream: no character is cut, wherever the input is", "[logs]") {
  const std::string text = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";
  for (size_t cut = 1; cut < text.size(); ++cut) {
    Reset();
    Follow();
    auto &call = LastCall();
    call.Head(200, kMultiplexed);
    call.sink->OnData(Record(1, text.substr(0, cut)));
    call.sink->OnData(Record(2, text.substr(0, cut)));
    call.sink->OnData(Record(1, text.substr(cut)));
    call.sink->OnData(Record(2, text.substr(cut)));
    call.sink->OnEnd();
    Settle();
    std::string out;
    std::string err;
    for (const auto &frame : Sent()) (frame["stream"].AsString() == "stderr" ? err : out) += frame["logs"].AsString();
    REQUIRE(out == text);
    REQUIRE(err == text);
  }
}

TEST_CASE_METHOD(LogFixture, "LogStream: cancel lets the engine go at once and sends nothing more", "[logs]") {
  Follow();
  auto &call = LastCall();
  call.Head(200, kRaw);
  call.sink->OnData("never seen");
  Receive("dd:container_log_cancel", "'requestId':'l','containerId':'another'");
  CHECK_FALSE(call.gone);
  Receive("dd:container_log_cancel", "'requestId':'l','containerId':'c'");
  CHECK(call.gone);
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0]["reason"].AsString() == "canceled");
  CHECK(tasks->Count() == 0);
}

TEST_CASE_METHOD(LogFixture, "LogStream: waits for a slow controller", "[logs]") {
  Follow();
  LastCall().Head(200, kRaw);
  const std::string block(32 * 1024, 'x');
  while (LastCall().sink->OnData(block) == Flow::Go) {
  }
  CHECK(queue.TotalBytes() < 2 * limits::kLaneBudget);
  Sent();
  CHECK(LastCall().resumed == 1);
}

TEST_CASE_METHOD(LogFixture, "LogStream: refusals and failures have their own frame", "[logs]") {
  const auto error = [this] {
    auto frames = Sent();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0].Type() == "dd:container_log_error");
    return frames[0]["error"].AsString();
  };
  SECTION("no id") {
    Receive("dd:container_log_request", "'containerId':'c','stream':true");
    CHECK(error() == "requestId and containerId are required");
  }
  SECTION("a duplicate") {
    Follow();
    Follow();
    CHECK(error() == "duplicate requestId");
  }
  SECTION("too many") {
    for (size_t i = 0; i < limits::kMaxLogStreams; ++i) {
      Receive("dd:container_log_request", "'requestId':'n" + std::to_string(i) + "','containerId':'c','stream':true");
    }
    Follow();
    CHECK(error() == "too many active container log streams");
  }
  SECTION("the engine refuses") {
    Follow();
    LastCall().Answer(500, "boom");
    Settle();
    CHECK(error() == "container logs: docker error (status 500): boom");
  }
  SECTION("a record is cut") {
    Follow();
    LastCall().Head(200, kMultiplexed);
    LastCall().sink->OnData(std::string("\1\0\0\0\0\0\0\x09", 8));
    LastCall().sink->OnEnd();
    Settle();
    CHECK(error().find("broke off") != std::string::npos);
  }
}
