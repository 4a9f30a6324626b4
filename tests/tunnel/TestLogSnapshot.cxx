// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/tunnel/LogFixture.hxx"

using namespace lookout;

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

TEST_CASE_METHOD(LogFixture, "LogSnapshot: of one endless line the newest part is kept", "[logs]") {
  Ask();
  LastCall().Head(200, kRaw);
  const std::string block(limits::kMiB, 'x');
  for (int i = 0; i < 12; ++i) LastCall().sink->OnData(block);
  LastCall().sink->OnData("the end\n");
  LastCall().sink->OnEnd();
  Settle();
  const std::string logs = Sent().front()["logs"].AsString();
  CHECK(logs.size() > 6 * limits::kMiB);
  CHECK(logs.substr(logs.size() - 9) == "xthe end\n");
}

TEST_CASE_METHOD(LogFixture, "LogSnapshot: what escapes add is cut off, too", "[logs]") {
  Ask();
  LastCall().Head(200, kRaw);
  const std::string line = std::string(1000, '\x1b') + "\n";
  for (int i = 0; i < 8000; ++i) LastCall().sink->OnData(line);
  LastCall().sink->OnEnd();
  Settle();
  const auto frames = Sent();
  CHECK(frames.front().text->size() < limits::kMaxOutbound);
  CHECK(frames.front()["logs"].AsString().find("[lookout: ") == 0);
  CHECK(queue.TotalBytes() == 0);
}

TEST_CASE_METHOD(LogFixture, "LogSnapshot: with no memory left the newest lines still come", "[logs]") {
  REQUIRE(queue.Reserve(32 * limits::kMiB - 100));
  Ask();
  LastCall().Head(200, kRaw);
  for (int i = 0; i < 1000; ++i) LastCall().sink->OnData("line " + std::to_string(i) + "\n");
  CHECK(queue.TotalBytes() <= 32 * limits::kMiB);
  LastCall().sink->OnEnd();
  Settle();
  const std::string logs = Sent().front()["logs"].AsString();
  CHECK(logs.find("[lookout: ") == 0);
  CHECK(logs.find("line 999\n") != std::string::npos);
  queue.Release(32 * limits::kMiB - 100);
  CHECK(queue.TotalBytes() == 0);
}

TEST_CASE_METHOD(LogFixture, "LogSnapshot: an empty log is an empty text", "[logs]") {
  Ask(",'tail':0");
  LastCall().Head(200, kMultiplexed);
  LastCall().sink->OnEnd();
  Settle();
  const auto frames = Sent();
  CHECK(frames.front()["logs"].IsString());
  CHECK(frames.front()["logs"].AsString().empty());
}

TEST_CASE_METHOD(LogFixture, "LogSnapshot: a cut record gives its part, and it is said; a cut header is a clean end",
                 "[logs]") {
  Ask();
  LastCall().Head(200, kMultiplexed);
  SECTION("record") {
    LastCall().sink->OnData(std::string("\1\0\0\0\0\0\0\x08part", 12));
    LastCall().sink->OnEnd();
    Settle();
    CHECK(Sent().front()["logs"].AsString().find("part\n[lookout: the log broke off here") == 0);
  }
  SECTION("header") {
    LastCall().sink->OnData(Record(1, "all\n") + std::string("\1\0\0\0", 4));
    LastCall().sink->OnEnd();
    Settle();
    CHECK(Sent().front()["logs"].AsString() == "all\n");
  }
}
