// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/tunnel/SessionFixture.hxx"
#include "tunnel/Limits.hxx"

using namespace lookout;

TEST_CASE_METHOD(SessionFixture, "Session: a heartbeat each interval, and an end after silence", "[session]") {
  GoReady();
  transport->TakeAll();
  Advance(std::chrono::seconds(30));
  CHECK(transport->TakeAll().front().find(R"({"type":"ping","data":{"timestamp":)") == 0);
  handler->OnActivity();
  Advance(std::chrono::seconds(59));
  transport->TakeAll();
  CHECK_FALSE(end);
  Advance(std::chrono::seconds(1));
  REQUIRE(end);
  CHECK(end->close.message.find("silent") != std::string::npos);
  CHECK(end->ready_since.has_value());
}

TEST_CASE_METHOD(SessionFixture, "Session: only a peer that takes nothing at all is given up", "[session]") {
  GoReady();
  Receive(kPing);
  for (int i = 0; i < 5; ++i) {
    Advance(std::chrono::seconds(50));
    handler->OnProgress();
    handler->OnActivity();
  }
  CHECK_FALSE(end);
  Advance(std::chrono::seconds(40));
  handler->OnActivity();
  Advance(std::chrono::seconds(20));
  REQUIRE(end);
  CHECK(end->close.message.find("WRITE_STALL_TIMEOUT") != std::string::npos);
}

TEST_CASE_METHOD(SessionFixture, "Session: what the kernel has not taken can stand still, too", "[session]") {
  GoReady();
  transport->TakeAll();
  Receive(kPing);
  REQUIRE(transport->TakeIntoBuffer().size() == 1);
  Advance(std::chrono::seconds(40));
  handler->OnActivity();
  const bool drains = GENERATE(true, false);
  if (drains) handler->OnDrained();
  Advance(std::chrono::seconds(20));
  CHECK(end.has_value() == !drains);
}

TEST_CASE_METHOD(SessionFixture, "Session: a flood of questions stops the reading, not the memory's bounds",
                 "[session]") {
  GoReady();
  transport->TakeAll();
  const std::string refused = R"({"type":"request","data":{"path":7,"requestId":")" + std::string(1000, 'x') + "\"}}";
  for (int i = 0; i < 5000 && !transport->reading_paused; ++i) transport->Deliver(refused);
  CHECK(transport->reading_paused);
  transport->TakeAll();
  CHECK_FALSE(transport->reading_paused);
}

TEST_CASE_METHOD(SessionFixture, "Session: its end takes everything along", "[session]") {
  GoReady();
  Receive(kRequest);
  const auto call = engine.calls.back();
  handler->OnClosed({CloseInfo::Phase::Open, 0, {}, 1001, "gone"});
  Settle();
  REQUIRE(end);
  CHECK(end->close.close_code == 1001);
  CHECK(extension_ended == 1);
  bool transport_gone = false;
  transport->gone = &transport_gone;
  session.reset();
  CHECK(call->gone);
  CHECK(transport_gone);
  Advance(std::chrono::hours(1));
}

TEST_CASE_METHOD(SessionFixture, "Session: a revoked key is told although the session was up", "[session]") {
  GoReady();
  Receive(R"({"type":"error","data":{"message":"key revoked","code":"unknown-key"}})");
  handler->OnClosed({CloseInfo::Phase::Open, 0, {}, 1008, "closed by the controller"});
  Settle();
  REQUIRE(end);
  CHECK(end->rejection_code == "unknown-key");
}

TEST_CASE_METHOD(SessionFixture, "Session: shutdown ends the work, says so, then closes with 1000", "[session]") {
  GoReady();
  Receive(kRequest);
  engine.calls.back()->Head(200, {});
  Receive(R"({"type":"exec_start","data":{"execId":"e","containerId":"c","cmd":["sh"]}})");
  transport->TakeAll();
  Receive(R"({"type":"dd:container_log_request","data":{"requestId":"l","containerId":"c","stream":true}})");
  session->Shutdown();
  CHECK(transport->close_code == 0);
  std::string all;
  for (const auto &frame : transport->TakeAll()) all += frame + "\n";
  CHECK(all.find("\"exec_end\"") != std::string::npos);
  CHECK(all.find("\"stream_end\"") != std::string::npos);
  CHECK(all.find("\"dd:container_log_end\"") != std::string::npos);
  CHECK(transport->close_code == 1000);
  CHECK(transport->close_reason == "shutdown");
  for (const auto &call : engine.calls) {
    Settle();
    CHECK(call->gone);
  }
  SECTION("the peer answers") {
    handler->OnClosed({CloseInfo::Phase::Open, 0, {}, 1000, "closed"});
  }
  SECTION("the peer does not") {
    Advance(limits::kShutdownGrace);
  }
  Settle();
  CHECK(end);
}

TEST_CASE_METHOD(SessionFixture, "Session: short streams that nobody takes stop the reading, too", "[session]") {
  GoReady();
  engine.on_call = [](ScriptedHandler::Call &call) { call.Answer(200, std::string(40'000, 'x')); };
  for (int i = 0; i < 5000 && !transport->reading_paused; ++i) Receive(kRequest);
  CHECK(transport->reading_paused);
  CHECK(engine.calls.size() < 2000);
  transport->TakeAll();
  CHECK_FALSE(transport->reading_paused);
}

TEST_CASE_METHOD(SessionFixture, "Session: a peer that is not read from is not called silent", "[session]") {
  GoReady();
  const std::string refused = R"({"type":"request","data":{"path":7,"requestId":")" + std::string(1000, 'x') + "\"}}";
  for (int i = 0; i < 5000 && !transport->reading_paused; ++i) transport->Deliver(refused);
  REQUIRE(transport->reading_paused);
  for (int i = 0; i < 10; ++i) {
    Advance(std::chrono::seconds(30));
    handler->OnProgress();
  }
  CHECK_FALSE(end);
  transport->TakeAll();
  Advance(std::chrono::seconds(59));
  CHECK_FALSE(end);
  Advance(std::chrono::seconds(1));
  REQUIRE(end);
  CHECK(end->close.message.find("silent") != std::string::npos);
}

TEST_CASE_METHOD(SessionFixture, "Session: nothing is heard or said once it has ended", "[session]") {
  GoReady();
  Receive(kRequest);
  auto call = engine.calls.back();
  handler->OnClosed({CloseInfo::Phase::Open, 0, {}, 0, "lost"});
  // Until the owner gets round to destroying it, the rest of the chain may still call.
  transport->write_requested = false;
  handler->OnMessage(kPing);
  handler->OnActivity();
  handler->OnProgress();
  call->sink->OnError({Failure::Kind::Broken, "cut"});
  handler->OnClosed({CloseInfo::Phase::Open, 0, {}, 0, "again"});
  Settle();
  CHECK_FALSE(transport->write_requested);
  REQUIRE(end);
  CHECK(end->close.message == "lost");
  end.reset();
  Advance(std::chrono::hours(1));
  CHECK_FALSE(end);
}

TEST_CASE_METHOD(SessionFixture, "Session: shutdown before the welcome is an end at once", "[session]") {
  SECTION("dialling") {}
  SECTION("greeting") {
    Open();
  }
  session->Shutdown();
  session->Shutdown();
  Settle();
  REQUIRE(end);
  CHECK(transport->TakeAll().empty());
  Advance(std::chrono::hours(1));
}

TEST_CASE_METHOD(SessionFixture, "Session: during shutdown nothing new begins, and what waits goes first",
                 "[session]") {
  GoReady();
  Receive(kRequest);
  engine.calls.back()->Head(200, {});
  engine.calls.back()->sink->OnData("data");
  session->Shutdown();
  session->Shutdown();
  CHECK(extension_ended == 1);
  Receive(R"({"type":"request","data":{"requestId":"late","path":"/version"}})");
  Receive(kPing);
  CHECK(engine.calls.size() == 1);
  const auto frames = transport->TakeAll();
  std::string types;
  for (const auto &frame : frames) types += frame.substr(9, frame.find('"', 9) - 9) + " ";
  CHECK(types == "dd:component_sync response stream stream_end ");
  CHECK(transport->close_code == 1000);
}

TEST_CASE_METHOD(SessionFixture, "Session: an idle connection is never stalled", "[session]") {
  GoReady();
  transport->TakeAll();
  settings.heartbeat = std::chrono::hours(2);
  for (int i = 0; i < 10; ++i) {
    Advance(std::chrono::seconds(29));
    handler->OnActivity();
    transport->TakeAll();
  }
  CHECK_FALSE(end);
}

TEST_CASE_METHOD(SessionFixture, "Session: a slow hello is the welcome's business, and bounded by it", "[session]") {
  Open();
  Advance(std::chrono::seconds(29));
  CHECK_FALSE(end);
  Advance(std::chrono::seconds(1));
  REQUIRE(end);
  CHECK(end->close.message == "the controller sent no welcome in time");
}

TEST_CASE_METHOD(SessionFixture, "Session: errors about requests are noted, not taken for the session's", "[session]") {
  GoReady();
  Receive(R"({"type":"error","data":{"message":"x","code":"unknown-key","requestId":"r"}})");
  Receive(R"({"type":"error","data":{"message":"x"}})");
  handler->OnClosed({CloseInfo::Phase::Open, 0, {}, 0, "lost"});
  Settle();
  REQUIRE(end);
  CHECK_FALSE(end->rejection_code);
}
