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

TEST_CASE_METHOD(TaskFixture, "TaskManager: a broken frame is answered in the form that its sender waits for",
                 "[tasks]") {
  const auto answer = [this] {
    auto frames = Sent();
    REQUIRE(frames.size() == 1);
    return std::move(frames.front());
  };
  SECTION("a request") {
    Receive("request", "'requestId':'r','path':7");
    const auto frame = answer();
    CHECK(frame.Type() == "error");
    CHECK(frame["requestId"].AsString() == "r");
    CHECK(frame["message"].AsString() == "malformed request: \"path\" must be a string");
  }
  SECTION("a log") {
    Receive("dd:container_log_request", "'requestId':'l','containerId':'c','tail':'all'");
    const auto frame = answer();
    CHECK(frame.Type() == "dd:container_log_response");
    CHECK(frame["requestId"].AsString() == "l");
    CHECK(frame["logs"].AsString().find("error: malformed") == 0);
  }
  SECTION("a log whose asker counts by container") {
    Receive("dd:container_log_request", "'containerId':'c','tail':'all'");
    const auto frame = answer();
    CHECK(frame["requestId"].IsNull());
    CHECK(frame["containerId"].AsString() == "c");
  }
  SECTION("a live log") {
    Receive("dd:container_log_request", "'requestId':'l','containerId':'c','tail':'all','stream':true");
    const auto frame = answer();
    CHECK(frame.Type() == "dd:container_log_error");
    CHECK(frame["requestId"].AsString() == "l");
    CHECK(frame["containerId"].AsString() == "c");
  }
  SECTION("a removal") {
    Receive("dd:container_delete_request", "'requestId':'d','containerId':7");
    const auto frame = answer();
    CHECK(frame.Type() == "dd:container_delete_response");
    CHECK(frame["success"].AsBool() == false);
    CHECK(frame["error"].AsString().find("malformed") == 0);
  }
  SECTION("what nobody waits for") {
    // An error that is answered with an error could go on for ever.
    Receive("error", "'requestId':'x','message':7");
    Receive("ping", "'requestId':'x','timestamp':'x'");
    Receive("dd:container_log_cancel", "'requestId':7");
    Receive("exec_resize", "'execId':'e','cols':'x'");
    Receive("exec_end", "'execId':7");
    Receive("request", "'path':7");
    CHECK(Sent().empty());
  }
  CHECK(engine.calls.empty());
}

TEST_CASE_METHOD(TaskFixture, "TaskManager: the generic adapter leaves dd: frames alone", "[tasks]") {
  TaskManager::Settings settings;
  settings.drydock_frames = false;
  tasks.emplace(loop, engine, queue, std::move(settings));
  Receive("dd:container_log_request", "'requestId':'l','containerId':'c'");
  Receive("dd:container_log_request", "'requestId':'l','containerId':'c','stream':true");
  Receive("dd:container_log_request", "'requestId':'l','containerId':'c','tail':'x'");
  Receive("dd:container_delete_request", "'requestId':'l','containerId':'c'");
  Receive("dd:container_delete_request", "'requestId':'l','containerId':7");
  Receive("dd:watch_request", "'watcherType':'docker','watcherName':'w'");
  Receive("dd:trigger_request", "'triggerType':'t','triggerName':'n'");
  CHECK(Sent().empty());
  CHECK(engine.calls.empty());
}

TEST_CASE_METHOD(TaskFixture, "TaskManager: log and delete calls have one limit, refused in their own forms",
                 "[tasks]") {
  for (size_t i = 0; i < limits::kMaxCalls; ++i) {
    Receive("dd:container_log_request", "'requestId':'l','containerId':'c'");
  }
  CHECK(tasks->Count() == limits::kMaxCalls);
  Receive("dd:container_log_request", "'requestId':'l','containerId':'c'");
  Receive("dd:container_delete_request", "'requestId':'d','containerId':'c'");
  const auto frames = Sent();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0]["logs"].AsString() == "error: agent busy: too many concurrent log and delete calls");
  CHECK(frames[1]["success"].AsBool() == false);
  CHECK(frames[1]["error"].AsString() == "agent busy: too many concurrent log and delete calls");
  CHECK(removed.empty());
}

TEST_CASE_METHOD(TaskFixture, "TaskManager: a removal that was aborted or failed is told as such", "[tasks]") {
  Receive("dd:container_delete_request", "'requestId':'d','containerId':'c'");
  std::string error;
  SECTION("shutdown") {
    tasks->EndAll("agent is shutting down");
    error = "remove container: agent is shutting down";
  }
  SECTION("no engine") {
    LastCall().sink->OnError({Failure::Kind::Unreachable, "no engine"});
    error = "remove container: no engine";
  }
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0]["success"].AsBool() == false);
  CHECK(frames[0]["error"].AsString() == error);
  CHECK(removed.empty());
}

TEST_CASE_METHOD(TaskFixture, "TaskManager: requests with the same id, or none, are independent", "[tasks]") {
  Receive("request", "'requestId':'r','path':'/a'");
  Receive("request", "'requestId':'r','path':'/b'");
  Receive("request", "'path':'/c'");
  Call(1).Answer(200, "\"b\"");
  Call(0).Answer(200, "\"a\"");
  Call(2).Answer(200, "\"c\"");
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 3);
  CHECK(frames[0]["body"].AsString() == "\"b\"");
  CHECK(frames[1]["body"].AsString() == "\"a\"");
  CHECK(frames[2]["requestId"].AsString().empty());
}

TEST_CASE_METHOD(TaskFixture, "TaskManager: live logs end as canceled on shutdown, and free their place", "[tasks]") {
  Receive("dd:container_log_request", "'requestId':'l','containerId':'c','stream':true");
  LastCall().Head(200, {{"Content-Type", "application/vnd.docker.raw-stream"}});
  tasks->EndAll("agent is shutting down");
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].Type() == "dd:container_log_end");
  CHECK(frames[0]["reason"].AsString() == "canceled");
  Receive("dd:container_log_request", "'requestId':'l','containerId':'c','stream':true");
  Receive("dd:container_log_request", "'requestId':'l','containerId':'c'");
  Receive("dd:container_delete_request", "'requestId':'l','containerId':'c'");
  const auto refused = Sent();
  REQUIRE(refused.size() == 3);
  CHECK(refused[0]["error"].AsString() == "agent is shutting down");
  CHECK(refused[1]["logs"].AsString() == "error: agent is shutting down");
  CHECK(refused[2]["error"].AsString() == "agent is shutting down");
}
