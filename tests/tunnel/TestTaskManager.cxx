// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/tunnel/TaskFixture.hxx"
#include "tunnel/Limits.hxx"

using namespace lookout;

TEST_CASE_METHOD(TaskFixture, "TaskManager: a removal is audited, answered, and passed on", "[tasks]") {
  Receive("dd:container_delete_request", "'requestId':'d','containerId':'c1'");
  CHECK(LastCall().request.head.method == "DELETE");
  CHECK(LastCall().request.head.target == "/containers/c1?force=1");
  CHECK(LastCall().request.audit.event == "container_delete");
  SECTION("done") {
    LastCall().Answer(204, "");
    Settle();
    const auto frames = Sent();
    CHECK(frames[0].Type() == "dd:container_delete_response");
    CHECK(frames[0]["success"].AsBool() == true);
    CHECK(frames[0]["error"].IsNull());
    CHECK(removed == std::vector<std::string>{"c1"});
  }
  SECTION("refused") {
    LastCall().Answer(404, R"({"message":"No such container: c1"})");
    Settle();
    const auto frames = Sent();
    CHECK(frames[0]["success"].AsBool() == false);
    CHECK(frames[0]["error"].AsString() == "remove container: docker error (status 404): No such container: c1");
    CHECK(removed.empty());
  }
}

TEST_CASE_METHOD(TaskFixture, "TaskManager: an id that was not given is not made up", "[tasks]") {
  Receive("dd:container_delete_request", "'containerId':'has/slash'");
  Receive("dd:container_log_request", "'containerId':'-bad'");
  const auto frames = Sent();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0]["requestId"].IsNull());
  CHECK(frames[0]["error"].AsString() == "remove container: invalid container id/name: \"has/slash\"");
  CHECK(frames[1]["requestId"].IsNull());
  CHECK(frames[1]["logs"].AsString() == "error: container logs: invalid container id/name: \"-bad\"");
  CHECK(engine.calls.empty());
}

TEST_CASE_METHOD(TaskFixture, "TaskManager: watch and trigger requests get their fixed answers", "[tasks]") {
  Receive("dd:watch_request", "'watcherType':'docker','watcherName':'w'");
  Receive("dd:watch_container_request", "'watcherType':'docker','watcherName':'w','containerId':'c'");
  Receive("dd:trigger_request", "'triggerType':'t','triggerName':'n'");
  const auto frames = Sent();
  REQUIRE(frames.size() == 3);
  CHECK(*frames[0].text ==
        R"({"type":"dd:watch_response","data":{"watcherType":"docker","watcherName":"w","results":[]}})");
  CHECK(frames[1]["containerId"].AsString() == "c");
  CHECK(frames[2]["success"].AsBool() == false);
  CHECK(frames[2]["message"].AsString() == "triggers not implemented in v1.0");
}

TEST_CASE_METHOD(TaskFixture, "TaskManager: streams and plain requests are counted apart", "[tasks]") {
  for (size_t i = 0; i < limits::kMaxStreams; ++i) Receive("request", "'requestId':'s','path':'/events'");
  Receive("request", "'requestId':'s','path':'/events'");
  CHECK(Sent().back()["message"].AsString() == "agent busy: too many concurrent streams");
  Receive("request", "'requestId':'r','path':'/version'");
  LastCall().Answer(200, "{}");
  Settle();
  CHECK(Sent().back().Type() == "response");
}

TEST_CASE_METHOD(TaskFixture, "TaskManager: after the end of everything nothing new begins", "[tasks]") {
  Receive("request", "'requestId':'r','path':'/version'");
  tasks->EndAll("agent is shutting down");
  Settle();
  CHECK(tasks->Count() == 0);
  CHECK(Call(0).gone);
  Receive("request", "'requestId':'r2','path':'/version'");
  Receive("exec_start", "'execId':'e','containerId':'c','cmd':['sh']");
  const auto frames = Sent();
  REQUIRE(frames.size() == 3);
  CHECK(frames[0].Type() == "error");
  CHECK(frames[1]["message"].AsString() == "agent is shutting down");
  CHECK(frames[2]["reason"].AsString() == "agent is shutting down");
  CHECK(engine.calls.size() == 1);
}

TEST_CASE_METHOD(TaskFixture, "TaskManager: destruction cancels all and sends nothing", "[tasks]") {
  Receive("request", "'requestId':'r','path':'/events'");
  Receive("exec_start", "'execId':'e','containerId':'c','cmd':['sh']");
  Receive("dd:container_log_request", "'requestId':'l','containerId':'c','stream':true");
  tasks.reset();
  Settle();
  for (const auto &call : engine.calls) CHECK(call->gone);
  CHECK(queue.IsEmpty());
}
