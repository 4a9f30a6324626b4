// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/tunnel/ExecFixture.hxx"
#include "tunnel/Limits.hxx"

using namespace lookout;

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

TEST_CASE_METHOD(ExecFixture, "ExecSession: a terminal takes its last input before it is let go", "[exec]") {
  GoLive();
  Input("exit\n");
  Call(1).unsent = 5;
  Receive("exec_end", "'execId':'e'");
  Advance(std::chrono::milliseconds(20));
  CHECK(Sent().empty());
  SECTION("it does") {
    Call(1).unsent = 0;
    Advance(std::chrono::milliseconds(20));
  }
  SECTION("it never does") {
    Advance(std::chrono::seconds(10));
  }
  CHECK(EndReason() == "closed");
  CHECK(Call(1).gone);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: the end of input stands behind the input, whatever is unsent", "[exec]") {
  GoLive("'tty':false");
  Input("last words");
  Call(1).unsent = 10;
  Receive("exec_end", "'execId':'e'");
  CHECK(Call(1).write_closed);
  Advance(std::chrono::seconds(3));
  CHECK_FALSE(Call(1).gone);
  Advance(std::chrono::seconds(7));
  CHECK(EndReason() == "closed");
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: input counts against the connection's memory until it is passed on",
                 "[exec]") {
  Start("'tty':false");
  Input("");
  CHECK(queue.TotalBytes() == 0);
  for (int i = 0; i < 1000; ++i) Input("x");
  CHECK(queue.TotalBytes() == 1000);
  SECTION("passed on") {
    AnswerCreate();
    Call(1).Head(101, {});
    Settle();
    CHECK(Call(1).sent == std::string(1000, 'x'));
    Sent();
  }
  SECTION("ended") {
    tasks->EndAll("end");
    Sent();
  }
  SECTION("refused") {
    REQUIRE(queue.Reserve(32 * limits::kMiB - 1000));
    Input("y");
    CHECK(EndReason().find("input refused: ") == 0);
    queue.Release(32 * limits::kMiB - 1000);
  }
  CHECK(queue.TotalBytes() == 0);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: a long paste arrives whole, piece by piece", "[exec]") {
  GoLive("'tty':false");
  std::string paste;
  for (int i = 0; paste.size() < 1'000'000; ++i) paste += std::to_string(i) + " ";
  Call(1).send_flow = Flow::Wait;
  Input(paste);
  CHECK(Call(1).sent.size() <= Duplex::kHighWater);
  Input("and ");
  Input("the end");
  while (queue.TotalBytes() > 0) Call(1).duplex->OnDrained();
  CHECK(Call(1).sent == paste + "and the end");
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: sizes and input in turn are bounded, too", "[exec]") {
  Start();
  for (int i = 0; i < 20'000 && tasks->Count() > 0; ++i) {
    ExecResizeFrame resize{"e", 80 + i, 24};
    Frame frame = resize;
    tasks->OnFrame(frame);
    Frame input = ExecInputFrame{"e", "x"};
    tasks->OnFrame(input);
  }
  Settle();
  CHECK(EndReason().find("input refused: ") == 0);
}

TEST_CASE_METHOD(ExecFixture, "ExecSession: bytes pass both ways as they are", "[exec]") {
  GoLive("'tty':false");
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes += static_cast<char>(i * 7);
  Input(bytes);
  while (queue.TotalBytes() > 0) Call(1).duplex->OnDrained();
  CHECK(Call(1).sent == bytes);
  Call(1).duplex->OnData(bytes);
  std::string output;
  for (const auto &frame : Sent()) {
    CHECK(frame.Type() == "exec_output");
    output += Base64Decode(frame["data"].AsString()).value();
  }
  CHECK(output == bytes);
}
