// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/tunnel/LogFixture.hxx"

using namespace lookout;

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

TEST_CASE_METHOD(LogFixture, "LogStream: canceled while the format is asked for", "[logs]") {
  Follow();
  Call(0).Head(200, {});
  Call(0).sink->OnData("held");
  Settle();
  Receive("dd:container_log_cancel", "'requestId':'l','containerId':''");
  for (const auto &call : engine.calls) CHECK(call->gone);
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0]["reason"].AsString() == "canceled");
}

TEST_CASE_METHOD(LogFixture, "LogStream: held text is handed out once the format is known, and then the rest",
                 "[logs]") {
  Follow();
  Call(0).Head(200, {});
  CHECK(Call(0).sink->OnData(Record(2, "first\n")) == Flow::Wait);
  Settle();
  CHECK(Sent().empty());
  Call(1).Answer(200, R"({"Config":{"Tty":false}})");
  Settle();
  CHECK(Call(0).resumed == 1);
  CHECK(Call(0).sink->OnData(Record(1, "second\n")) == Flow::Go);
  const auto frames = Sent();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0]["stream"].AsString() == "stderr");
  CHECK(frames[1]["logs"].AsString() == "second\n");
}

TEST_CASE_METHOD(LogFixture, "LogStream: what is there of both streams comes before the error", "[logs]") {
  Follow();
  LastCall().Head(200, kMultiplexed);
  LastCall().sink->OnData(Record(1, "out \xe2\x82") + Record(2, "err \xc3"));
  LastCall().sink->OnError({Failure::Kind::Broken, "cut"});
  Settle();
  std::string out;
  std::string err;
  auto frames = Sent();
  CHECK(frames.back().Type() == "dd:container_log_error");
  CHECK(frames.back()["error"].AsString() == "container logs: cut");
  frames.pop_back();
  for (const auto &frame : frames) (frame["stream"].AsString() == "stderr" ? err : out) += frame["logs"].AsString();
  CHECK(out == "out \xef\xbf\xbd\xef\xbf\xbd");
  CHECK(err == "err \xef\xbf\xbd");
}

TEST_CASE_METHOD(LogFixture, "LogStream: long texts come in chunks that end between characters", "[logs]") {
  Follow();
  LastCall().Head(200, kRaw);
  std::string text = "x";
  while (text.size() < 200'000) text += "\xe2\x82\xac";
  LastCall().sink->OnData(text);
  LastCall().sink->OnEnd();
  Settle();
  std::string joined;
  for (const auto &frame : Sent()) {
    CHECK(frame["logs"].AsString().size() <= limits::kLogChunk);
    joined += frame["logs"].AsString();
  }
  CHECK(joined == text);
}

TEST_CASE_METHOD(LogFixture, "LogStream: a finished or canceled id can be used again", "[logs]") {
  Follow();
  LastCall().Answer(404, "{}");
  Settle();
  Sent();
  Follow();
  Receive("dd:container_log_cancel", "'requestId':'l','containerId':'c'");
  Sent();
  Follow();
  CHECK(Sent().empty());
  CHECK(tasks->Count() == 1);
}
