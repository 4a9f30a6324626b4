// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/Base64.hxx"
#include "tests/tunnel/TaskFixture.hxx"
#include "tunnel/Limits.hxx"

using namespace lookout;

namespace {

class ExecFixture : public TaskFixture {
 public:
  void Start(std::string_view more = "'cols':80,'rows':24") {
    Receive("exec_start", std::string("'execId':'e','containerId':'c1','cmd':['sh'],").append(more));
  }
  void Input(std::string_view bytes) { Receive("exec_input", "'execId':'e','data':'" + Base64Encode(bytes) + "'"); }
  void AnswerCreate() {
    Call(0).Answer(201, R"({"Id":"d0c4e6"})");
    Settle();
  }
  /** Up to exec_ready, the size set. */
  void GoLive(std::string_view more = "'cols':80,'rows':24") {
    Start(more);
    AnswerCreate();
    Call(1).Head(101, {});
    Settle();
    if (engine.calls.size() > 2) Call(2).Answer(200, "");
    Settle();
    REQUIRE(Sent().front().Type() == "exec_ready");
  }
  /** The one final frame. */
  std::string EndReason() {
    auto frames = Sent();
    REQUIRE_FALSE(frames.empty());
    REQUIRE(frames.back().Type() == "exec_end");
    CHECK(frames.back()["execId"].AsString() == "e");
    CHECK(tasks->Count() == 0);
    return frames.back()["reason"].AsString();
  }
};

}  // namespace

TEST_CASE_METHOD(ExecFixture, "ExecSession: create, start, size, ready, output, end", "[exec]") {
  Start();
  CHECK(Call(0).request.head.target == "/containers/c1/exec");
  CHECK(Call(0).body == R"({"AttachStdin":true,"AttachStdout":true,"AttachStderr":true,"Tty":true,"Cmd":["sh"]})");
  CHECK(Call(0).request.audit.event == "exec_start");
  CHECK(Call(0).request.audit.exec_id == "e");
  AnswerCreate();
  CHECK(Call(1).request.head.target == "/exec/d0c4e6/start");
  CHECK(Call(1).body == R"({"Detach":false,"Tty":true})");
  Call(1).Head(101, {});
  Call(1).duplex->OnData("early");
  Settle();
  CHECK(Call(2).request.head.target == "/exec/d0c4e6/resize?h=24&w=80");
  auto frames = Sent();
  REQUIRE(frames.size() == 2);
  CHECK(frames[0].Type() == "exec_ready");
  CHECK(frames[1].Type() == "exec_output");
  CHECK(Base64Decode(frames[1]["data"].AsString()) == "early");
  Call(2).Answer(200, "");
  Call(1).duplex->OnEnd();
  Settle();
  CHECK(LastCall().request.head.target == "/exec/d0c4e6/json");
  LastCall().Answer(200, R"({"Running":false,"ExitCode":0})");
  Settle();
  CHECK(EndReason() == "exited");
  CHECK(Call(1).gone);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: the exit code is told when it is not 0", "[exec]") {
  GoLive();
  Call(1).duplex->OnEnd();
  Settle();
  LastCall().Answer(200, R"({"Running":true})");
  Settle();
  CHECK(Sent().empty());
  Advance(std::chrono::milliseconds(100));
  LastCall().Answer(200, R"({"Running":false,"ExitCode":130})");
  Settle();
  CHECK(EndReason() == "exited with code 130");
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: input and sizes from before the start arrive in order", "[exec]") {
  Start("'tty':false");
  Input("one ");
  Receive("exec_resize", "'execId':'e','cols':100,'rows':30");
  Receive("exec_resize", "'execId':'e','cols':120,'rows':40");
  Receive("exec_resize", "'execId':'e','cols':0,'rows':-1");
  Input("two");
  AnswerCreate();
  Call(1).Head(101, {});
  Settle();
  CHECK(Call(1).sent == "one ");
  CHECK(Call(2).request.head.target == "/exec/d0c4e6/resize?h=40&w=120");
  Call(2).Answer(500, "");
  Settle();
  CHECK(Call(1).sent == "one two");
  CHECK(engine.calls.size() == 3);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: input that the process does not take is held, then refused, never dropped",
                 "[exec]") {
  GoLive();
  Call(1).send_flow = Flow::Wait;
  Input("a");
  Input("b");
  CHECK(Call(1).sent == "a");
  Call(1).send_flow = Flow::Go;
  Call(1).duplex->OnDrained();
  CHECK(Call(1).sent == "ab");
  Call(1).send_flow = Flow::Wait;
  Input("c");
  const std::string megabyte(1024 * 1024, 'x');
  for (int i = 0; i < 17; ++i) Input(megabyte);
  CHECK(EndReason().find("input refused") == 0);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: failures name their step", "[exec]") {
  Start();
  SECTION("create is refused") {
    Call(0).Answer(403, R"({"message":"exec denied: no commands are allowlisted"})");
    Settle();
    CHECK(EndReason() ==
          "create exec failed: create exec: docker error (status 403): exec denied: no commands are allowlisted");
  }
  SECTION("the engine is gone") {
    Call(0).sink->OnError({Failure::Kind::Unreachable, "no engine"});
    Settle();
    CHECK(EndReason().find("create exec failed: ") == 0);
  }
  SECTION("start is refused") {
    AnswerCreate();
    Call(1).Answer(409, R"({"message":"container is paused"})");
    Settle();
    CHECK(EndReason() == "start exec failed: expected 101 Switching Protocols, got 409: container is paused");
  }
  SECTION("the connection breaks later") {
    AnswerCreate();
    Call(1).Head(101, {});
    Settle();
    Call(1).duplex->OnError({Failure::Kind::Broken, "connection reset"});
    Settle();
    CHECK(EndReason() == "connection reset");
  }
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: the controller's end comes after its input", "[exec]") {
  SECTION("while live") {
    GoLive("'tty':false");
    Call(1).send_flow = Flow::Wait;
    Input("last");
    Receive("exec_end", "'execId':'e'");
    CHECK_FALSE(Call(1).write_closed);
    Call(1).duplex->OnDrained();
    CHECK(Call(1).write_closed);
    Call(1).duplex->OnData("not wanted any more");
    Call(1).duplex->OnEnd();
    Settle();
    auto frames = Sent();
    REQUIRE(frames.size() == 1);
    CHECK(frames[0]["reason"].AsString() == "closed");
  }
  SECTION("before the start") {
    Start("'tty':false");
    Input("early");
    Receive("exec_end", "'execId':'e'");
    AnswerCreate();
    Call(1).Head(101, {});
    Settle();
    CHECK(Call(1).sent == "early");
    CHECK(Call(1).write_closed);
    Advance(std::chrono::seconds(3));
    CHECK(EndReason() == "closed");
  }
  SECTION("a terminal is let go at once") {
    GoLive();
    Receive("exec_end", "'execId':'e'");
    CHECK(EndReason() == "closed");
    CHECK(Call(1).gone);
  }
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: output waits for a slow controller", "[exec]") {
  GoLive();
  const std::string block(limits::kExecChunk, 'x');
  while (Call(1).duplex->OnData(block) == Flow::Go) {
  }
  CHECK(queue.TotalBytes() < 2 * limits::kLaneBudget);
  Sent();
  CHECK(Call(1).resumed == 1);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: refusals end the id that was asked for", "[exec]") {
  SECTION("a second start of a live id") {
    Start();
    Start();
    CHECK(Sent().back()["reason"].AsString() == "duplicate execId");
    CHECK(tasks->Count() == 1);
  }
  SECTION("a bad container") {
    Receive("exec_start", "'execId':'e','containerId':'../evil','cmd':['sh']");
    CHECK(EndReason() == "create exec failed: create exec: invalid container id/name: \"../evil\"");
  }
  SECTION("too many") {
    for (size_t i = 0; i < limits::kMaxExecSessions; ++i) {
      Receive("exec_start", "'execId':'x" + std::to_string(i) + "','containerId':'c','cmd':['sh']");
    }
    Start();
    CHECK(Sent().back()["reason"].AsString() == "session limit reached");
  }
  SECTION("input that cannot be read ends the session, for it would be missing") {
    GoLive();
    Receive("exec_input", "'execId':'e','data':'?'");
    CHECK(EndReason().find("malformed exec_input") == 0);
  }
  SECTION("a start that cannot be read") {
    Receive("exec_start", "'execId':'e','containerId':'c','cmd':'sh'");
    CHECK(EndReason().find("malformed exec_start") == 0);
  }
}
