// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "base/Base64.hxx"
#include "tests/tunnel/TaskFixture.hxx"
#include "tunnel/Limits.hxx"

using namespace lookout;

TEST_CASE_METHOD(TaskFixture, "TunnelRequest: four headers and the body pass, byte for byte", "[request]") {
  Receive("request",
          "'requestId':'r','method':'POST','path':'/x?a=%2F','headers':{'accept':'a','authorization':'b',"
          "'X-Registry-Auth':'c','connection':'d'},'body':{ 'n' : 12345678901234567890 }");
  const auto &call = LastCall();
  CHECK(call.request.head.method == "POST");
  CHECK(call.request.head.target == "/x?a=%2F");
  CHECK(call.request.head.headers.Size() == 3);
  CHECK(*call.request.head.headers.Find("Content-Type") == "application/json");
  CHECK(*call.request.head.headers.Find("x-registry-auth") == "c");
  CHECK(call.body == R"({ "n" : 12345678901234567890 })");
  CHECK(call.request.origin.actor == "wss://hub");
  CHECK(call.request.audit.event == "api_request");
}

TEST_CASE_METHOD(TaskFixture, "TunnelRequest: stats are asked for one sample", "[request]") {
  const auto target = [this](std::string_view path) {
    Receive("request", std::string("'requestId':'r','path':'").append(path).append("'"));
    return LastCall().request.head.target;
  };
  CHECK(target("/containers/a/stats") == "/containers/a/stats?stream=false");
  CHECK(target("/containers/a/stats?stream=true") == "/containers/a/stats?stream=false");
  CHECK(target("/containers/a/stats?stream=0&one-shot=1") == "/containers/a/stats?stream=false&one-shot=1");
  CHECK(target("/containers/a/json?stream=1") == "/containers/a/json?stream=1");
}

TEST_CASE_METHOD(TaskFixture, "PlainRequest: one response in the form that loses nothing", "[request]") {
  Receive("request", "'requestId':'r','path':'/a'");
  const auto answer = [this](std::string_view body) {
    LastCall().Answer(201, body);
    Settle();
    auto frames = Sent();
    REQUIRE(frames.size() == 1);
    return std::move(frames.front());
  };
  SECTION("JSON as it is") {
    const auto frame = answer(R"({"a":"<&>"})");
    CHECK(frame.Type() == "response");
    CHECK(frame["requestId"].AsString() == "r");
    CHECK(frame["statusCode"].AsInt() == 201);
    CHECK(frame["body"].Raw() == R"({"a":"<&>"})");
    CHECK(frame["isStream"].IsNull());
  }
  SECTION("text and large numbers as one string") {
    CHECK(answer("OK").json["data"]["body"].AsString() == "OK");
  }
  SECTION("numbers beyond 2^53") {
    CHECK(answer(R"({"id":9223372036854771712})")["body"].AsString() == R"({"id":9223372036854771712})");
  }
  SECTION("no body") {
    CHECK(answer("")["body"].IsNull());
  }
  SECTION("binary as an error that says so") {
    const auto frame = answer("\xff\x01");
    CHECK(frame.Type() == "error");
    CHECK(frame["requestId"].AsString() == "r");
    CHECK(frame["message"].AsString().find("binary") != std::string::npos);
  }
  CHECK(tasks->Count() == 0);
  CHECK(queue.TotalBytes() == 0);
}

TEST_CASE_METHOD(TaskFixture, "PlainRequest: binary goes as base64 to a controller that takes it", "[request]") {
  Reset(true);
  Receive("request", "'requestId':'r','path':'/a'");
  LastCall().Answer(200, "\xff\x01");
  Settle();
  CHECK(Sent().front()["bodyBase64"].AsString() == Base64Encode("\xff\x01"));
}

TEST_CASE_METHOD(TaskFixture, "PlainRequest: what breaks or does not fit is an error, at once", "[request]") {
  Receive("request", "'requestId':'r','path':'/a'");
  auto &call = LastCall();
  call.Head(200, {});
  SECTION("it breaks off") {
    call.sink->OnData("{\"a\":");
    call.sink->OnError({Failure::Kind::Broken, "the engine closed the connection"});
  }
  SECTION("it is too large for a message") {
    const std::string block(1024 * 1024, ' ');
    for (int i = 0; i < 17; ++i) call.sink->OnData(block);
    CHECK(queue.TotalBytes() < 1024);
  }
  SECTION("it grows too large when escaped") {
    const std::string block(1024 * 1024, '\x01');
    for (int i = 0; i < 3; ++i) call.sink->OnData(block);
    call.sink->OnEnd();
  }
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].Type() == "error");
  CHECK(frames[0]["requestId"].AsString() == "r");
  CHECK(tasks->Count() == 0);
  CHECK(call.gone);
  CHECK(queue.TotalBytes() == 0);
}

TEST_CASE_METHOD(TaskFixture, "PlainRequest: replies together stay within the connection's memory", "[request]") {
  const std::string block(12 * 1024 * 1024, ' ');
  for (int i = 0; i < 3; ++i) {
    Receive("request", "'requestId':'r','path':'/a'");
    LastCall().Head(200, {});
    LastCall().sink->OnData(block);
  }
  CHECK(queue.TotalBytes() <= size_t{32} * 1024 * 1024);
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0]["message"].AsString().find("MAX_BUFFERED_BYTES") != std::string::npos);
  CHECK(tasks->Count() == 2);
}

TEST_CASE_METHOD(TaskFixture, "PlainRequest: 100 at a time, refused in the form that the asker waits for",
                 "[request]") {
  for (size_t i = 0; i < limits::kMaxRequests; ++i) Receive("request", "'requestId':'r','path':'/a'");
  CHECK(tasks->Count() == limits::kMaxRequests);
  Receive("request", "'requestId':'late','path':'/a'");
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0]["message"].AsString() == "agent busy: too many concurrent requests");
  CHECK(frames[0]["requestId"].AsString() == "late");
  Call(0).Answer(200, "OK");
  Settle();
  Receive("request", "'requestId':'next','path':'/a'");
  CHECK(tasks->Count() == limits::kMaxRequests);
}

TEST_CASE_METHOD(TaskFixture, "StreamRequest: response, chunks, and an end that tells the truth", "[request]") {
  Receive("request", "'requestId':'s','path':'/containers/a/logs?follow=1'");
  auto &call = LastCall();
  call.Head(200, {{"Content-Type", "x/y"}});
  const std::string bytes(3 * limits::kStreamChunk - 1, '\x80');
  call.sink->OnData(bytes);
  std::string reason = "complete";
  SECTION("complete") {
    call.sink->OnEnd();
  }
  SECTION("broken") {
    reason = "cut";
    call.sink->OnError({Failure::Kind::Broken, reason});
  }
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 5);
  CHECK(frames[0].Type() == "response");
  CHECK(frames[0]["isStream"].AsBool() == true);
  CHECK(frames[0]["contentType"].AsString() == "x/y");
  std::string joined;
  for (size_t i = 1; i < 4; ++i) {
    CHECK(frames[i].Type() == "stream");
    CHECK(frames[i].text->size() <= 64 * limits::kKiB);
    joined += Base64Decode(frames[i]["data"].AsString()).value();
  }
  CHECK(joined == bytes);
  CHECK(frames[4].Type() == "stream_end");
  CHECK(frames[4]["reason"].AsString() == reason);
  CHECK(call.gone);
}

TEST_CASE_METHOD(TaskFixture, "StreamRequest: a full lane makes the engine wait, and go on when it empties",
                 "[request]") {
  Receive("request", "'requestId':'s','path':'/events'");
  auto &call = LastCall();
  call.Head(200, {});
  const std::string block(limits::kStreamChunk, 'x');
  Flow flow = Flow::Go;
  size_t sent = 0;
  while (flow == Flow::Go) {
    flow = call.sink->OnData(block);
    ++sent;
  }
  CHECK(queue.TotalBytes() < 2 * limits::kLaneBudget);
  CHECK(call.resumed == 0);
  CHECK(Sent().size() == sent + 1);
  CHECK(call.resumed == 1);
}

TEST_CASE_METHOD(TaskFixture, "StreamRequest: says that it is alive when the engine is quiet", "[request]") {
  Receive("request", "'requestId':'s','path':'/events'");
  LastCall().Head(200, {});
  Sent();
  Advance(std::chrono::seconds(19));
  CHECK(Sent().empty());
  Advance(std::chrono::seconds(1));
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].Type() == "stream");
  CHECK(frames[0]["data"].AsString().empty());
}

TEST_CASE_METHOD(TaskFixture, "StreamRequest: an error before the head is an error frame", "[request]") {
  Receive("request", "'requestId':'s','path':'/events'");
  LastCall().sink->OnError({Failure::Kind::Unreachable, "no engine"});
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].Type() == "error");
  CHECK(frames[0]["message"].AsString() == "no engine");
}

TEST_CASE_METHOD(TaskFixture, "StreamRequest: aborted, it ends in the form that the asker has reached", "[request]") {
  Receive("request", "'requestId':'s','path':'/events'");
  std::string type = "error";
  SECTION("before the head") {}
  SECTION("after it") {
    LastCall().Head(200, {});
    Sent();
    type = "stream_end";
  }
  tasks->EndAll("agent is shutting down");
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].Type() == type);
  CHECK(frames[0]["requestId"].AsString() == "s");
  CHECK(frames[0].text->find("agent is shutting down") != std::string::npos);
  CHECK(LastCall().gone);
}

TEST_CASE_METHOD(TaskFixture, "StreamRequest: what waits to be sent is sign of life enough, and the end ends it",
                 "[request]") {
  Receive("request", "'requestId':'s','path':'/events'");
  auto &call = LastCall();
  call.Head(200, {});
  Advance(std::chrono::seconds(60));
  CHECK(Sent().size() == 1);
  Advance(std::chrono::seconds(19));
  call.sink->OnData("x");
  Sent();
  Advance(std::chrono::seconds(19));
  CHECK(Sent().empty());
  call.sink->OnEnd();
  Settle();
  CHECK(Sent().front().Type() == "stream_end");
  Advance(std::chrono::minutes(5));
  CHECK(queue.IsEmpty());
}

TEST_CASE_METHOD(TaskFixture, "StreamRequest: an error status streams its text", "[request]") {
  Receive("request", "'requestId':'s','path':'/images/create?fromImage=x'");
  LastCall().Answer(404, "{}");
  Settle();
  const auto frames = Sent();
  REQUIRE(frames.size() == 3);
  CHECK(frames[0]["statusCode"].AsInt() == 404);
  CHECK(frames[0]["isStream"].AsBool() == true);
  CHECK(frames[0]["body"].IsNull());
  CHECK(Base64Decode(frames[1]["data"].AsString()) == "{}");
  CHECK(frames[2]["reason"].AsString() == "complete");
}

TEST_CASE_METHOD(TaskFixture, "StreamRequest: streams take turns, and small replies go in between", "[request]") {
  const std::string block(3 * limits::kStreamChunk, 'x');
  for (const std::string id : {"a", "b"}) {
    Receive("request", "'requestId':'" + id + "','path':'/events'");
    LastCall().Head(200, {});
    LastCall().sink->OnData(block);
  }
  Receive("request", "'requestId':'c','path':'/_ping'");
  LastCall().Answer(200, "OK");
  Settle();
  std::string order;
  for (const auto &frame : Sent()) order += frame["requestId"].AsString();
  CHECK(order == "cabababab");
}

TEST_CASE_METHOD(TaskFixture, "PlainRequest: a body of just the size that a message holds", "[request]") {
  const bool base64 = GENERATE(false, true);
  Reset(base64);
  // The room for the envelope, and twice the reserve below the peer's limit.
  const size_t room = limits::kMaxOutbound - 64 * limits::kKiB;
  const size_t most = base64 ? room / 4 * 3 : room - 2;
  const std::string fits = base64 ? "\xff" + std::string(most - 1, 'x') : std::string(most, 'x');
  Receive("request", "'requestId':'r','path':'/a'");
  LastCall().Answer(200, fits);
  Settle();
  const auto sent = Sent();
  CHECK(sent.front().Type() == "response");
  CHECK(sent.front().text->size() <= limits::kMaxMessage);
  Receive("request", "'requestId':'r','path':'/a'");
  LastCall().Answer(200, fits + "x");
  Settle();
  CHECK(Sent().front()["message"].AsString().find("does not fit into one message") != std::string::npos);
  CHECK(queue.TotalBytes() == 0);
}

TEST_CASE_METHOD(TaskFixture, "PlainRequest: what escapes add counts against the connection's memory", "[request]") {
  const std::string block(limits::kMiB, '\x01');
  std::vector<std::string> types;
  for (int i = 0; i < 8; ++i) {
    Receive("request", "'requestId':'r','path':'/a'");
    LastCall().Answer(200, block + block);
    Settle();
    CHECK(queue.TotalBytes() <= size_t{33} * limits::kMiB);
  }
  for (const auto &frame : Sent()) types.push_back(frame.Type());
  // Refusals are small, so they come first.
  CHECK(types ==
        std::vector<std::string>{"error", "error", "error", "error", "error", "error", "response", "response"});
}

TEST_CASE_METHOD(TaskFixture, "PlainRequest: several JSON values, and null, arrive as they were", "[request]") {
  const std::string body = GENERATE("{\"a\":1}\n{\"b\":2}\n", "null", "\"str\"", "7", "{\"a\":1.0}", "{\"a\":", " ");
  Receive("request", "'requestId':'r','path':'/a'");
  LastCall().Answer(200, body);
  Settle();
  CHECK(Sent().front()["body"].AsString() == body);
}

TEST_CASE_METHOD(TaskFixture, "PlainRequest: the frame as it stands on the wire", "[request]") {
  Receive("request", "'requestId':'r','path':'/a'");
  LastCall().Head(200, {{"Content-Type", "t"}, {"Content-Length", "7"}});
  SECTION("empty") {
    LastCall().sink->OnEnd();
    Settle();
    CHECK(
        *Sent().front().text ==
        R"({"type":"response","data":{"requestId":"r","statusCode":200,"headers":{"Content-Type":"t"},"contentType":"t"}})");
  }
  SECTION("JSON") {
    LastCall().sink->OnData(R"({"a":"<&>"})");
    LastCall().sink->OnEnd();
    Settle();
    CHECK(
        *Sent().front().text ==
        R"({"type":"response","data":{"requestId":"r","statusCode":200,"headers":{"Content-Type":"t"},"contentType":"t","body":{"a":"<&>"}}})");
  }
}

TEST_CASE_METHOD(TaskFixture, "TunnelRequest: bodies of requests count until the engine has taken them", "[request]") {
  const std::string body = "\"" + std::string(12 * limits::kMiB, 'x') + "\"";
  engine.on_call = [](ScriptedHandler::Call &call) { call.hold_body = true; };
  for (int i = 0; i < 3; ++i) {
    Receive(R"({"type":"request","data":{"requestId":"r)" + std::to_string(i) +
            R"(","method":"POST","path":"/a","body":)" + body + "}}");
  }
  CHECK(engine.calls.size() == 2);
  CHECK(queue.TotalBytes() >= 2 * body.size());
  const auto frames = Sent();
  REQUIRE(frames.size() == 1);
  CHECK(frames[0].Type() == "error");
  CHECK(frames[0]["requestId"].AsString() == "r2");
  CHECK(frames[0]["message"].AsString().find("agent busy: no memory left") == 0);
  Call(0).ReadBody();
  CHECK(Call(0).body == body);
  Call(0).Answer(200, "");
  Settle();
  CHECK(queue.TotalBytes() < 2 * body.size());
  tasks->EndAll("end");
  Sent();
  CHECK(queue.TotalBytes() == 0);
}
