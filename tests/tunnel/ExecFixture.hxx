// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <catch2/catch.hpp>

#include "base/Base64.hxx"
#include "tests/tunnel/TaskFixture.hxx"

namespace lookout {

/** Takes one exec session through its life. */
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

}  // namespace lookout
