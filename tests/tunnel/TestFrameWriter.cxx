// SPDX-License-Identifier: Apache-2.0
#include "tunnel/FrameWriter.hxx"

#include <catch2/catch.hpp>

#include "base/Base64.hxx"
#include "base/JsonValue.hxx"

using namespace lookout;

TEST_CASE("FrameWriter: frames as they stand on the wire", "[frames]") {
  CHECK(MakePong("1700000000") == R"({"type":"pong","data":{"timestamp":1700000000}})");
  CHECK(MakePing(1700000000123) == R"({"type":"ping","data":{"timestamp":1700000000123}})");
  CHECK(MakeErrorFrame("r", "no") == R"({"type":"error","data":{"message":"no","requestId":"r"}})");
  CHECK(MakeErrorFrame("", "no") == R"({"type":"error","data":{"message":"no"}})");
  CHECK(MakeFrame("dd:container_sync", R"({"containers":[]})") ==
        R"({"type":"dd:container_sync","data":{"containers":[]}})");
  FrameWriter empty("metrics");
  CHECK(empty.Finish() == R"({"type":"metrics","data":{}})");
}

TEST_CASE("FrameWriter: whatever a text holds, the frame is valid", "[frames]") {
  const auto frame = MakeErrorFrame("\xff\"", "a\n\\\x01");
  CHECK(ParseJson(frame));
  CHECK(frame == "{\"type\":\"error\",\"data\":{\"message\":\"a\\n\\\\\\u0001\",\"requestId\":\"\xef\xbf\xbd\\\"\"}}");
}

TEST_CASE("PayloadFrames: only the payload differs", "[frames]") {
  const PayloadFrames frames("exec_output", "execId", "e\"1");
  CHECK(frames.Make("hello") == R"({"type":"exec_output","data":{"execId":"e\"1","data":"aGVsbG8="}})");
  CHECK(frames.Make("") == R"({"type":"exec_output","data":{"execId":"e\"1","data":""}})");
  const PayloadFrames nameless("stream", "requestId", "");
  CHECK(nameless.Make("a") == R"({"type":"stream","data":{"data":"YQ=="}})");
  for (size_t size = 0; size < 100; ++size) {
    const std::string bytes(size, '\xfe');
    const auto frame = nameless.Make(bytes);
    const auto json = ParseJson(frame);
    REQUIRE(json);
    REQUIRE(Base64Decode((*json)["data"]["data"].AsString()) == bytes);
  }
}
