// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/tunnel/SessionFixture.hxx"
#include "tunnel/Limits.hxx"

using namespace lookout;

TEST_CASE_METHOD(SessionFixture, "Session: hello is the only frame before the welcome", "[session]") {
  Open();
  CHECK(transport->TakeAll() == std::vector<std::string>{"hello"});
  Receive(R"({"type":"welcome","data":{"pollInterval":60}})");
  CHECK(poll_interval == 60);
  CHECK(transport->TakeAll() == std::vector<std::string>{R"({"type":"dd:component_sync","data":{}})"});
}

TEST_CASE_METHOD(SessionFixture, "Session: a rejection is told with its code", "[session]") {
  Open();
  Receive(R"({"type":"error","data":{"message":"who are you?","code":"unknown-key"}})");
  REQUIRE(end);
  CHECK(end->rejection_code == "unknown-key");
  CHECK(end->rejection_message == "who are you?");
  CHECK_FALSE(end->ready_since);
  CHECK(extension_begun == 0);
}

TEST_CASE_METHOD(SessionFixture, "Session: nothing else will do as the first frame", "[session]") {
  Open();
  SECTION("another type") {
    Receive(kPing);
  }
  SECTION("silence") {
    Advance(std::chrono::seconds(30));
  }
  SECTION("no hello can be made") {
    // The fixture has opened already; a second open is ignored, so the failure is staged on a fresh one.
    SessionFixture other;
    other.hello_fails = true;
    other.Open();
    other.Settle();
    REQUIRE(other.end);
    CHECK(other.end->no_hello);
    CHECK(other.end->close.message == "key file: no such file");
    return;
  }
  REQUIRE(end);
  CHECK_FALSE(end->rejection_code);
}

TEST_CASE_METHOD(SessionFixture, "Session: pings are answered with their own timestamp, before anything queued",
                 "[session]") {
  GoReady();
  Receive(kPing);
  CHECK(transport->TakeAll().front() == R"({"type":"pong","data":{"timestamp":1700000000123}})");
}

TEST_CASE_METHOD(SessionFixture, "Session: malformed frames are answered or ignored, and the session goes on",
                 "[session]") {
  GoReady();
  transport->TakeAll();
  for (const auto bad : {"not json", "{}", R"({"type":"ping","data":{"timestamp":"x"}})", "[1]",
                         R"({"type":"request","data":null})", R"({"type":"novel","data":{}})"}) {
    Receive(bad);
  }
  CHECK(transport->TakeAll().empty());
  Receive(R"({"type":"request","data":{"requestId":"r5","headers":[]}})");
  const auto answer = transport->TakeAll();
  REQUIRE(answer.size() == 1);
  CHECK(answer[0].find("\"requestId\":\"r5\"") != std::string::npos);
  CHECK_FALSE(end);
}

TEST_CASE_METHOD(SessionFixture, "Session: learns how far the controller's clock is from ours", "[session]") {
  handler->OnOpen({clock.UnixSeconds() + 3600, "peer"});
  Receive(R"({"type":"error","data":{"message":"skew","code":"timestamp-skew"}})");
  REQUIRE(end);
  CHECK(end->clock_offset == 3600);
}

TEST_CASE_METHOD(SessionFixture, "Session: a first frame that cannot be read ends it, a welcome in part does not",
                 "[session]") {
  Open();
  SECTION("no JSON") {
    Receive("not json");
    CHECK(end);
  }
  SECTION("an error without an object") {
    Receive(R"({"type":"error","data":"no"})");
    REQUIRE(end);
    CHECK_FALSE(end->rejection_code);
  }
  SECTION("an error without a code") {
    Receive(R"({"type":"error","data":{"message":"no"}})");
    REQUIRE(end);
    CHECK(end->rejection_code == "");
  }
  SECTION("a welcome without data") {
    Receive(R"({"type":"welcome"})");
    CHECK(session->IsReady());
  }
  SECTION("a welcome with a bad interval") {
    Receive(R"({"type":"welcome","data":{"pollInterval":{}}})");
    CHECK(session->IsReady());
    CHECK_FALSE(poll_interval);
  }
}

TEST_CASE_METHOD(SessionFixture, "Session: work asked for before the welcome is not begun", "[session]") {
  Open();
  transport->TakeAll();
  Receive(kRequest);
  CHECK(engine.calls.empty());
  CHECK(transport->TakeAll().empty());
  REQUIRE(end);
  CHECK(end->close.message.find("neither welcome nor error") != std::string::npos);
}

TEST_CASE_METHOD(SessionFixture, "Session: pongs and small replies overtake what streams have waiting", "[session]") {
  GoReady();
  Receive(kRequest);
  auto &call = *engine.calls.back();
  call.Head(200, {});
  while (call.sink->OnData(std::string(40'000, 'x')) == Flow::Go) {
  }
  Receive(kPing);
  CHECK(transport->TakeAll().front().find("\"pong\"") != std::string::npos);
}
