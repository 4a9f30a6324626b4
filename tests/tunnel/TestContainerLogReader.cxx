// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/tunnel/LogFixture.hxx"

using namespace lookout;

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

TEST_CASE_METHOD(LogFixture, "ContainerLogReader: the log may end, or break, before its format is known", "[logs]") {
  Ask();
  Call(0).Head(200, {{"Content-Type", "application/octet-stream"}});
  Call(0).sink->OnData("3 words\n");
  Settle();
  SECTION("end") {
    Call(0).sink->OnEnd();
    Settle();
    CHECK(Sent().empty());
    Call(1).Answer(200, R"({"Config":{"Tty":true}})");
    Settle();
    CHECK(Sent().front()["logs"].AsString() == "3 words\n");
  }
  SECTION("break") {
    Call(0).sink->OnError({Failure::Kind::Broken, "cut"});
    Settle();
    CHECK(Call(1).gone);
    CHECK(Sent().size() == 1);
  }
  SECTION("abort") {
    tasks->EndAll("agent is shutting down");
    Settle();
    CHECK(Call(1).gone);
    CHECK(Sent().size() == 1);
  }
}
