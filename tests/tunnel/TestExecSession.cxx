// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/tunnel/ExecFixture.hxx"
#include "tunnel/Limits.hxx"

using namespace lookout;

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

TEST_CASE_METHOD(ExecFixture, "ExecSession: nothing is taken after the end, and no second end is told", "[exec]") {
  GoLive("'tty':false");
  Receive("exec_end", "'execId':'e'");
  Receive("exec_end", "'execId':'e'");
  Input("too late");
  Receive("exec_resize", "'execId':'e','cols':9,'rows':9");
  CHECK(Call(1).sent.empty());
  Call(1).duplex->OnEnd();
  Call(1).duplex->OnDrained();
  Settle();
  CHECK(Sent().size() == 1);
  Receive("exec_end", "'execId':'e'");
  Input("unknown by now");
  CHECK(Sent().empty());
  CHECK(engine.calls.size() == 2);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: ended before it runs, it lets the engine go", "[exec]") {
  Start();
  size_t calls = 1;
  SECTION("while it is created") {}
  SECTION("while it starts") {
    AnswerCreate();
    calls = 2;
  }
  Receive("exec_end", "'execId':'e'");
  CHECK(EndReason() == "closed");
  CHECK(LastCall().gone);
  CHECK(engine.calls.size() == calls);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: without an exit code it has just exited", "[exec]") {
  GoLive();
  Call(1).duplex->OnEnd();
  Settle();
  SECTION("no engine") {
    LastCall().sink->OnError({Failure::Kind::Unreachable, "no engine"});
  }
  SECTION("no such exec") {
    LastCall().Answer(404, "{}");
  }
  SECTION("no JSON") {
    LastCall().Answer(200, "[");
  }
  SECTION("no code") {
    LastCall().Answer(200, R"({"Running":false,"ExitCode":null})");
  }
  SECTION("it seems to run for ever") {
    for (int i = 0; i < 5; ++i) {
      LastCall().Answer(200, R"({"Running":true,"ExitCode":null})");
      Settle();
      Advance(std::chrono::milliseconds(100));
    }
  }
  Settle();
  CHECK(EndReason() == "exited");
  const size_t calls = engine.calls.size();
  Advance(std::chrono::minutes(1));
  CHECK(engine.calls.size() == calls);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: the controller may let go while the exit code is asked for", "[exec]") {
  GoLive();
  Call(1).duplex->OnEnd();
  Settle();
  Receive("exec_end", "'execId':'e'");
  CHECK(EndReason() == "closed");
  CHECK(LastCall().gone);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: destroyed in any state it lets go of everything", "[exec]") {
  Start();
  SECTION("creating") {}
  SECTION("starting") {
    AnswerCreate();
  }
  SECTION("live, a size under way") {
    AnswerCreate();
    Call(1).Head(101, {});
    Settle();
  }
  SECTION("asking for the exit code") {
    AnswerCreate();
    Call(1).Head(101, {});
    Call(1).duplex->OnEnd();
    Settle();
  }
  tasks.reset();
  Settle();
  for (const auto &call : engine.calls) CHECK(call->gone);
  Advance(std::chrono::hours(1));
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: an answer without an exec id is a failure", "[exec]") {
  Start();
  const std::string body = GENERATE("", "{}", R"({"Id":7})", R"({"Id":"../../x"})");
  Call(0).Answer(201, body);
  Settle();
  CHECK(EndReason() == "create exec failed: the engine's answer holds no exec id");
}
