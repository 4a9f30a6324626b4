// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tunnel/FrameCodec.hxx"
#include "tunnel/FrameFields.hxx"

using namespace lookout;

namespace {

template <typename Kind>
Kind Read(std::string_view text) {
  auto frame = ParseFrame(text);
  if (!frame) FAIL(frame.error().message);
  REQUIRE(std::holds_alternative<Kind>(*frame));
  return std::get<Kind>(std::move(*frame));
}

}  // namespace

TEST_CASE("FrameCodec: reads the frames that a controller sends", "[frames]") {
  const auto request =
      Read<RequestFrame>(R"({"type":"request","data":{"requestId":"r1","method":"GET","path":"/containers/json"}})");
  CHECK(request.request_id == "r1");
  CHECK(request.path == "/containers/json");
  CHECK_FALSE(request.body);

  const auto start = Read<ExecStartFrame>(
      R"({"type":"exec_start","data":{"execId":"e1","containerId":"c1","cmd":["sh"],"cols":80,"rows":24}})");
  CHECK(start.command == std::vector<std::string>{"sh"});
  CHECK(start.cols == 80);
  CHECK(start.tty);

  CHECK(Read<ExecInputFrame>(R"({"type":"exec_input","data":{"execId":"e1","data":"aGVsbG8="}})").bytes == "hello");
  CHECK(Read<ExecInputFrame>("{\"type\":\"exec_input\",\"data\":{\"execId\":\"e1\",\"data\":\"aGVs\\r\\nbG8=\"}}")
            .bytes == "hello");
  CHECK(Read<ExecResizeFrame>(R"({"type":"exec_resize","data":{"execId":"e1","cols":120,"rows":40}})").rows == 40);
  CHECK(Read<ExecEndFrame>(R"({"type":"exec_end","data":{"execId":"e1","reason":"done"}})").exec_id == "e1");
  CHECK(Read<PingFrame>(R"({"type":"ping","data":{"timestamp":1700000000}})").timestamp == "1700000000");
  CHECK(Read<LogRequestFrame>(R"({"type":"dd:container_log_request","data":{"containerId":"c1","tail":100}})").tail ==
        100);
  CHECK(
      Read<DeleteRequestFrame>(R"({"type":"dd:container_delete_request","data":{"containerId":"c1"}})").container_id ==
      "c1");
}

TEST_CASE("FrameCodec: takes what peers really send", "[frames]") {
  SECTION("since as a number and as a string") {
    CHECK(Read<LogRequestFrame>(R"({"type":"dd:container_log_request","data":{"since":0,"stream":true}})").since ==
          "0");
    CHECK(Read<LogRequestFrame>(R"({"type":"dd:container_log_request","data":{"since":"1.5"}})").since == "1.5");
  }
  SECTION("keys of another case, unknown fields, duplicates") {
    CHECK(Read<PingFrame>(R"({"TYPE":"ping","Data":{"TimeStamp":7,"x":[{}]}})").timestamp == "7");
    CHECK(Read<ExecEndFrame>(R"({"type":"exec_end","data":{"execId":"a","execId":"b"}})").exec_id == "b");
  }
  SECTION("a body byte for byte") {
    CHECK(Read<RequestFrame>(R"({"type":"request","data":{"path":"/x","body":{ "a" : 12345678901234567890 }}})").body ==
          R"({ "a" : 12345678901234567890 })");
    CHECK_FALSE(Read<RequestFrame>(R"({"type":"request","data":{"path":"/x","body":null}})").body);
    CHECK(Read<RequestFrame>(R"({"type":"request","data":{"path":"/x","body":"s"}})").body == "\"s\"");
  }
  SECTION("headers") {
    const auto frame = Read<RequestFrame>(R"({"type":"request","data":{"path":"/","headers":{"accept":"a/b"}}})");
    REQUIRE(frame.headers.Find("Accept") != nullptr);
    CHECK(*frame.headers.Find("Accept") == "a/b");
  }
  SECTION("unknown types") {
    CHECK(Read<UnknownFrame>(R"({"type":"novel","data":7})").type == "novel");
  }
}

TEST_CASE("FrameCodec: the welcome survives fields it cannot read", "[frames]") {
  const auto welcome = [](std::string_view data) {
    return Read<WelcomeFrame>(std::string(R"({"type":"welcome","data":)").append(data).append("}"));
  };
  CHECK(welcome(R"({"pollInterval":300})").welcome.poll_interval == 300);
  CHECK(welcome(R"({"pollInterval":"300"})").welcome.poll_interval == 300);
  CHECK_FALSE(welcome(R"({"config":{"serverCompatLevel":"1.5.0"}})").welcome.poll_interval);
  CHECK(welcome(R"({"config":{"serverCompatLevel":"1.5.0"}})").welcome.compat_level == "1.5.0");
  CHECK_FALSE(welcome(R"({"pollInterval":null})").welcome.poll_interval);
  CHECK(welcome(R"({"pollInterval":1})").welcome.poll_interval == 5);
  CHECK(welcome(R"({"pollInterval":9300000000})").welcome.poll_interval == 86400);
  for (const auto bad : {R"("not-a-number")", "true", "{}", "[]", "300.0"}) {
    const auto frame = welcome(std::string(R"({"pollInterval":)").append(bad).append("}"));
    CHECK_FALSE(frame.welcome.poll_interval);
    CHECK_FALSE(frame.problem.empty());
  }
  for (const auto bad : {"null", "7", "[]", "\"x\""}) {
    const auto frame = welcome(bad);
    CHECK_FALSE(frame.problem.empty());
    CHECK_FALSE(frame.accepts_base64_bodies);
  }
  CHECK_FALSE(Read<WelcomeFrame>(R"({"type":"welcome"})").problem.empty());
  CHECK_FALSE(welcome(R"({"config":7})").problem.empty());
  CHECK_FALSE(welcome(R"({"pollInterval":-5})").welcome.poll_interval);
  CHECK(welcome(R"({"pollInterval":-5})").problem.empty());
  CHECK(welcome(R"({"config":{"capabilities":"x, edge-response-body-b64"}})").accepts_base64_bodies);
  CHECK_FALSE(welcome(R"({"config":{"capabilities":"x"}})").accepts_base64_bodies);
}

TEST_CASE("FrameCodec: hostile input is an error that names who waits", "[frames]") {
  using namespace std::string_literals;
  for (const auto &text : {""s, "{}"s, R"({"type":""})"s, R"({"type":"exec_start","data":null})"s,
                           R"({"type":"exec_start","data":"not an object"})"s, "not json at all"s,
                           R"({"type":"ping","data":{"timestamp":"not-a-number"}})"s, "\x00\x01\x02\x03"s,
                           "{ not valid json"s, R"({"type":"ping","data":{}} x)"s, std::string(100'000, '[')}) {
    INFO(text.substr(0, 60));
    CHECK_FALSE(ParseFrame(text));
  }
  const auto request = ParseFrame(R"({"type":"request","data":{"requestId":"r9","method":5}})");
  REQUIRE_FALSE(request);
  CHECK(request.error().request_id == "r9");
  CHECK(request.error().type == "request");
  const auto input = ParseFrame(R"({"type":"exec_input","data":{"execId":"e9","data":"?"}})");
  REQUIRE_FALSE(input);
  CHECK(input.error().exec_id == "e9");
}

TEST_CASE("FrameCodec: what a peer could make us keep or send back has its limits", "[frames]") {
  const std::string long_id(FrameFields::kMaxId + 1, 'i');
  const auto with_id = [&](std::string_view type, std::string_view key) {
    return ParseFrame(std::string(R"({"type":")").append(type).append(R"(","data":{"path":"/","execId":"e",")") +
                      std::string(key) + "\":\"" + long_id + "\"}}");
  };
  for (const auto &[type, key] :
       std::vector<std::pair<std::string, std::string>>{{"request", "requestId"},
                                                        {"exec_end", "execId"},
                                                        {"exec_start", "user"},
                                                        {"dd:container_log_request", "containerId"},
                                                        {"dd:container_delete_request", "requestId"},
                                                        {"dd:watch_request", "watcherName"},
                                                        {"dd:trigger_request", "triggerType"}}) {
    INFO(type);
    const auto frame = with_id(type, key);
    REQUIRE_FALSE(frame);
    // Not sent back, either.
    CHECK(frame.error().request_id.empty());
    CHECK(frame.error().exec_id.size() <= 1);
    CHECK(frame.error().container_id.empty());
  }
  const std::string word(2 * 1024 * 1024, 'w');
  CHECK(ParseFrame(R"({"type":"exec_start","data":{"execId":"e","containerId":"c","cmd":[")" + word + R"("]}})"));
  CHECK_FALSE(
      ParseFrame(R"({"type":"exec_start","data":{"execId":"e","containerId":"c","cmd":["sh",")" + word + R"("]}})"));
  CHECK_FALSE(ParseFrame(R"({"type":"ping","data":{"timestamp":)" + std::string(40, '1') + "}}"));
  std::string headers;
  for (int i = 0; i < 200; ++i) headers += (i > 0 ? ",\"h" : "\"h") + std::to_string(i) + "\":\"v\"";
  CHECK_FALSE(ParseFrame(R"({"type":"request","data":{"path":"/","headers":{)" + headers + "}}}"));
}

TEST_CASE("FrameCodec: a broken log request tells which kind of answer is awaited", "[frames]") {
  const auto live =
      ParseFrame(R"({"type":"dd:container_log_request","data":{"requestId":"l","tail":"x","stream":true}})");
  REQUIRE_FALSE(live);
  CHECK(live.error().stream);
  const auto once = ParseFrame(R"({"type":"dd:container_log_request","data":{"requestId":"l","tail":"x"}})");
  REQUIRE_FALSE(once);
  CHECK_FALSE(once.error().stream);
}
