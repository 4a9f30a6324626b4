// SPDX-License-Identifier: Apache-2.0
#include "agent/McpServer.hxx"

#include <fcntl.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <map>

#include "agent/McpRoute.hxx"
#include "agent/McpStdio.hxx"
#include "base/Version.hxx"
#include "tests/support/FakeHandler.hxx"
#include "tests/support/RecordingSink.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

/** Docker's multiplexed form of one record. */
std::string Record(char stream, std::string_view text) {
  std::string record{stream, 0, 0, 0, 0, 0, 0, static_cast<char>(text.size())};
  return record + std::string(text);
}

struct Fixture {
  TempDir temp;
  SystemClock clock;
  EventLoop loop{clock};
  std::map<std::string, ReadyOutcome> answers;
  FakeHandler docker{loop, [this](const Request &request) {
                       const auto found = answers.find(request.head.target);
                       return found != answers.end()
                                  ? found->second
                                  : ReadyOutcome(MakeJsonResponse(404, R"({"message":"No such container: x"})"));
                     }};
  DockerEngine engine{loop, docker};
  HostCollector host{loop, engine, {temp.Path().string(), true}};
  CpuSampler cpu;
  McpToolContext context{loop, docker, host, cpu};
  McpServer server{"portwing", context};
  McpRoute route{loop, server};

  /** The answer to one message; "" when there is none. */
  std::string Ask(std::string_view text) {
    std::optional<std::optional<std::string>> answer;
    const auto work = server.Handle(text, [&answer](std::optional<std::string> given) {
      CHECK_FALSE(answer);
      answer = std::move(given);
    });
    REQUIRE(RunUntil(loop, [&answer] { return answer.has_value(); }));
    return answer->value_or("");
  }
  /** The text block of a tool's answer; `is_error` is checked. */
  std::string Call(const std::string &tool, const std::string &arguments, bool is_error = false) {
    const std::string answer = Ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":")" + tool +
                                   R"(","arguments":)" + arguments + "}}");
    const auto json = ParseJson(answer);
    REQUIRE(json);
    INFO(answer);
    const auto &result = (*json)["result"];
    CHECK(result["isError"].AsBool() == is_error);
    REQUIRE(result["content"].Items().size() == 1);
    CHECK(result["content"].Items()[0]["type"].AsString() == "text");
    return result["content"].Items()[0]["text"].AsString();
  }
  int Post(std::string body, HeaderList headers, std::string *answer = nullptr, std::string_view method = "POST") {
    RecordingSink sink;
    Request request;
    request.head = {std::string(method), "/_lookout/mcp", std::move(headers)};
    request.body = std::make_unique<StringBody>(std::move(body));
    const auto exchange = route.Handle(std::move(request), sink);
    REQUIRE(RunUntil(loop, [&sink] { return sink.IsDone(); }));
    if (answer != nullptr) *answer = sink.body;
    return sink.head->status;
  }
};

constexpr const char *kPing = R"({"jsonrpc":"2.0","id":7,"method":"ping"})";

}  // namespace

TEST_CASE("McpServer: what every message is answered with", "[mcp]") {
  Fixture f;
  const std::string parse = R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}})";
  CHECK(f.Ask("") == parse);
  CHECK(f.Ask("{") == parse);
  CHECK(f.Ask("[]") == parse);
  CHECK(f.Ask(R"([{"jsonrpc":"2.0","id":1,"method":"ping"}])") == parse);
  CHECK(f.Ask(std::string(kPing) + " x") == parse);
  CHECK(f.Ask(R"({"id":1,"method":"ping"})") ==
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32600,"message":"jsonrpc must be \"2.0\""}})");
  CHECK(f.Ask(R"({"jsonrpc":"1.0","id":"a","method":"ping"})") ==
        R"({"jsonrpc":"2.0","id":"a","error":{"code":-32600,"message":"jsonrpc must be \"2.0\""}})");
  CHECK(f.Ask(R"({"jsonrpc":"2.0","id":{},"method":"ping"})").find("\"id\":null,\"error\":{\"code\":-32600") !=
        std::string::npos);
  CHECK(f.Ask(R"({"jsonrpc":"2.0","id":2,"method":5})").find("-32600") != std::string::npos);
  CHECK(f.Ask(R"({"jsonrpc":"2.0","id":2})").find("-32600") != std::string::npos);
  CHECK(f.Ask(R"({"jsonrpc":"2.0","id":3,"method":"resources/list"})") ==
        R"({"jsonrpc":"2.0","id":3,"error":{"code":-32601,"message":"method not found: resources/list"}})");
  CHECK(f.Ask(kPing) == R"({"jsonrpc":"2.0","id":7,"result":{}})");
}

TEST_CASE("McpServer: ids are echoed as they were written", "[mcp]") {
  Fixture f;
  for (const auto *const id : {"1", "-5", "12345678901234567890", "1.50", "1e3", "\"\"", "\"a\\u0041\\n\"", "null"}) {
    CHECK(f.Ask(std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"method":"ping"})") ==
          std::string(R"({"jsonrpc":"2.0","id":)") + id + R"(,"result":{}})");
  }
}

TEST_CASE("McpServer: notifications and answers get no answer", "[mcp]") {
  Fixture f;
  CHECK(f.Ask(R"({"jsonrpc":"2.0","method":"notifications/initialized"})").empty());
  CHECK(f.Ask(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})").empty());
  CHECK(f.Ask(R"({"jsonrpc":"2.0","method":"no/such/thing"})").empty());
  CHECK(f.Ask(R"({"jsonrpc":"2.0","id":1,"result":{}})").empty());
}

TEST_CASE("McpServer: agrees on a version", "[mcp]") {
  Fixture f;
  const auto initialize = [&f](const std::string &version) {
    return f.Ask(R"({"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":")" + version +
                 R"(","capabilities":{},"clientInfo":{"name":"x","version":"1"}}})");
  };
  const auto expected = [](const std::string &version) {
    return R"({"jsonrpc":"2.0","id":0,"result":{"capabilities":{"tools":{}},"protocolVersion":")" + version +
           R"(","serverInfo":{"name":"portwing","version":")" + std::string(ProductVersion()) + R"("}}})";
  };
  CHECK(initialize("2025-11-25") == expected("2025-11-25"));
  CHECK(initialize("2025-06-18") == expected("2025-06-18"));
  CHECK(initialize("2099-01-01") == expected("2025-11-25"));
  CHECK(f.Ask(R"({"jsonrpc":"2.0","id":0,"method":"initialize"})") == expected("2025-11-25"));
}

TEST_CASE("McpServer: lists five tools with closed schemas", "[mcp]") {
  Fixture f;
  const std::string answer = f.Ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  const auto json = ParseJson(answer);
  const auto &tools = (*json)["result"]["tools"].Items();
  REQUIRE(tools.size() == 5);
  std::vector<std::string> names;
  for (const auto &tool : tools) {
    names.push_back(tool["name"].AsString());
    CHECK(tool["inputSchema"]["type"].AsString() == "object");
    CHECK(tool["inputSchema"]["additionalProperties"].AsBool() == false);
    CHECK(tool["annotations"]["readOnlyHint"].AsBool() == true);
    CHECK_FALSE(tool["description"].AsString().empty());
  }
  CHECK(names == std::vector<std::string>{"list_containers", "inspect_container", "container_logs", "host_metrics",
                                          "container_stats"});
  CHECK(tools[1]["inputSchema"]["required"].Items()[0].AsString() == "id");
  CHECK(tools[2]["inputSchema"]["properties"]["tail"]["maximum"].AsInt() == 500);
}

TEST_CASE("McpServer: calls that cannot be made", "[mcp]") {
  Fixture f;
  const auto call = [&f](const std::string &params) {
    return f.Ask(R"({"jsonrpc":"2.0","id":1,"method":"tools/call")" + params + "}");
  };
  for (const auto *const params : {"", R"(,"params":null)", R"(,"params":[])", R"(,"params":{"name":1})"}) {
    CHECK(call(params) == R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"invalid tools/call params"}})");
  }
  CHECK(call(R"(,"params":{"name":"rm"})") ==
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"unknown tool: rm"}})");
  CHECK(f.Call("inspect_container", "{}", true) == "id is required");
  CHECK(f.Call("inspect_container", R"({"id":""})", true) == "id is required");
  CHECK(f.Call("inspect_container", R"({"id":"../../secrets"})", true).find("invalid container id/name") == 0);
  CHECK(f.Call("inspect_container", R"({"id":5})", true) == "id must be a string");
  CHECK(f.Call("container_logs", R"({"id":"x","tail":501})", true).find("tail must be") == 0);
  CHECK(f.Call("container_logs", R"({"id":"x","tail":"5"})", true).find("tail must be") == 0);
  CHECK(f.Call("list_containers", R"({"all":true})", true) == "unknown argument: \"all\"");
  CHECK(f.Call("list_containers", "[]", true) == "arguments must be an object");
  CHECK(f.docker.heads.empty());
}

TEST_CASE("McpServer: list_containers", "[mcp]") {
  Fixture f;
  f.answers.insert_or_assign(
      "/containers/json?all=1",
      MakeJsonResponse(200,
                       R"([{"Id":"1","Names":["/a"],"Image":"i","State":"running","Status":"Up","Labels":{"k":"v"}},
                               {"Id":"2","Names":null,"Labels":{}}])"));
  CHECK(f.Call("list_containers", "{}") ==
        R"([{"id":"1","names":["/a"],"image":"i","state":"running","status":"Up","labels":{"k":"v"}},)"
        R"({"id":"2","names":[],"image":"","state":"","status":""}])");
}

TEST_CASE("McpServer: inspect_container never tells what is in the environment", "[mcp]") {
  Fixture f;
  f.answers.insert_or_assign("/containers/x/json", MakeJsonResponse(200, R"({"Id":"1","Name":"/x","Config":{"Image":"i",
      "Env":["PASSWORD=planted","B=2"]},"Mounts":[{"Source":"/s","Destination":"/d","RW":false}],"NetworkSettings":
      {"Networks":{"none":{}}},"HostConfig":{"RestartPolicy":{"Name":"always"}},"State":{"Status":"running",
      "Running":true,"Pid":5,"ExitCode":0,"StartedAt":"t","Health":{"Status":"healthy","Log":[{"Output":"planted"}]}}})"));
  const auto text = f.Call("inspect_container", R"({"id":"x"})");
  CHECK(
      text ==
      R"({"envCount":2,"id":"1","image":"i","mounts":[{"source":"/s","destination":"/d","readOnly":true}],"name":"/x",)"
      R"("networks":["none"],"restartPolicy":"always","state":{"Status":"running","Running":true,"Paused":false,)"
      R"("Restarting":false,"OOMKilled":false,"Dead":false,"Pid":5,"ExitCode":0,"StartedAt":"t","FinishedAt":"",)"
      R"("Health":{"Status":"healthy"}}})");
  f.answers.insert_or_assign("/containers/y/json", MakeJsonResponse(200, "{}"));
  const auto empty = f.Call("inspect_container", R"({"id":"y"})");
  CHECK(empty.find("\"mounts\":[]") != std::string::npos);
  CHECK(empty.find("\"networks\":[]") != std::string::npos);
}

TEST_CASE("McpServer: container_logs, multiplexed and of a terminal", "[mcp]") {
  Fixture f;
  FullResponse logs{{200, "OK", {{"Content-Type", "application/vnd.docker.multiplexed-stream"}}},
                    Record(1, "one\nhal") + Record(2, "bad\n") + Record(1, "f\n") + Record(1, "no end")};
  f.answers.insert_or_assign("/containers/x/logs?stderr=1&stdout=1&tail=100", logs);
  CHECK(f.Call("container_logs", R"({"id":"x"})") ==
        R"({"id":"x","lines":["stdout: one","stderr: bad","stdout: half","stdout: no end"]})");
  FullResponse raw{{200, "OK", {{"Content-Type", "application/vnd.docker.raw-stream"}}}, "a terminal\r\n"};
  f.answers.insert_or_assign("/containers/t/logs?stderr=1&stdout=1&tail=5", raw);
  CHECK(f.Call("container_logs", R"({"id":"t","tail":5})") == R"({"id":"t","lines":["stdout: a terminal\r"]})");
  FullResponse none{{200, "OK", {{"Content-Type", "application/vnd.docker.raw-stream"}}}, ""};
  f.answers.insert_or_assign("/containers/e/logs?stderr=1&stdout=1&tail=100", none);
  CHECK(f.Call("container_logs", R"({"id":"e"})") == R"({"id":"e","lines":[]})");
}

TEST_CASE("McpServer: container_stats and host_metrics", "[mcp]") {
  Fixture f;
  f.answers.insert_or_assign("/containers/x/stats?stream=false&one-shot=true",
                             MakeJsonResponse(200, R"({"cpu_stats":{"cpu_usage":{"total_usage":12345678901234567890}},
        "memory_stats":{"usage":10,"limit":20},"networks":{"eth0":{"rx_bytes":1,"tx_bytes":2}}})"));
  CHECK(f.Call("container_stats", R"({"id":"x"})") ==
        R"({"cpuTotalUsage":12345678901234567890,"id":"x","memLimit":20,"memUsage":10,)"
        R"("networks":{"eth0":{"rxBytes":1,"txBytes":2}}})");
  CHECK(f.Call("host_metrics", "{}").find("\"memoryTotal\":") != std::string::npos);
}

TEST_CASE("McpServer: the engine's refusals are results that say what failed", "[mcp]") {
  Fixture f;
  CHECK(f.Call("inspect_container", R"({"id":"x"})", true) ==
        "inspecting container: docker error (status 404): No such container: x");
  f.answers.insert_or_assign("/containers/json?all=1", Failure{Failure::Kind::Unreachable, "no engine"});
  CHECK(f.Call("list_containers", "{}", true) == "listing containers: no engine");
  f.answers.insert_or_assign("/containers/json?all=1", MakeTextResponse(200, "<html>"));
  CHECK(f.Call("list_containers", "{}", true).find("not JSON") != std::string::npos);
}

TEST_CASE("McpRoute: messages over HTTP", "[mcp]") {
  Fixture f;
  std::string answer;
  CHECK(f.Post(kPing, {}, &answer) == 200);
  CHECK(answer == "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n");
  CHECK(f.Post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})", {}, &answer) == 202);
  CHECK(answer.empty());
  CHECK(f.Post(std::string(McpRoute::kMaxBody + 1, ' '), {}) == 413);
  CHECK(f.Post("", {}, nullptr, "GET") == 405);
  CHECK(f.Post(kPing, {{"MCP-Protocol-Version", "2025-06-18"}}) == 200);
  CHECK(f.Post(kPing, {{"MCP-Protocol-Version", "1999-01-01"}}) == 400);
}

TEST_CASE("McpRoute: pages of other sites are refused", "[mcp]") {
  Fixture f;
  const Header host{"Host", "agent.example:3000"};
  for (const auto *const origin : {"https://agent.example:3000", "HTTP://AGENT.example:3000", "http://localhost",
                                   "http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:5173"}) {
    INFO(origin);
    CHECK(f.Post(kPing, {host, {"Origin", origin}}) == 200);
  }
  for (const auto *const origin : {"https://evil.example", "null", "", "https://agent.example",
                                   "https://localhost.evil", "https://agent.example:3000.evil", "http://", "file://"}) {
    INFO(origin);
    CHECK(f.Post(kPing, {host, {"Origin", origin}}) == 403);
  }
}

TEST_CASE("McpStdio: a message a line, until the input ends", "[mcp]") {
  Fixture f;
  std::array<int, 2> input{};
  std::array<int, 2> output{};
  REQUIRE(::pipe(input.data()) == 0);
  REQUIRE(::pipe(output.data()) == 0);
  f.answers.insert_or_assign("/containers/json?all=1", MakeJsonResponse(200, "[]"));
  const McpStdio stdio(f.loop, f.server, input[0], output[1]);
  const std::string text = std::string(kPing) +
                           "\n\n  \n{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n"
                           R"({"jsonrpc":"2.0","id":"a","method":"tools/call","params":{"name":"list_containers"}})"
                           "\n" +
                           std::string(kPing) + "\nno json\n";
  REQUIRE(::write(input[1], text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  ::close(input[1]);
  REQUIRE(RunUntil(f.loop, [&f] { return f.loop.IsStopped(); }));
  ::close(output[1]);
  std::string answers(4096, '\0');
  answers.resize(static_cast<size_t>(::read(output[0], answers.data(), answers.size())));
  const std::string pong = "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n";
  CHECK(answers ==
        pong + R"({"jsonrpc":"2.0","id":"a","result":{"content":[{"type":"text","text":"[]"}],"isError":false}})" +
            "\n" + pong + R"({"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"parse error"}})" + "\n");
  ::close(input[0]);
  ::close(output[0]);
}

TEST_CASE("McpStdio: a file as input, with a line that is too long", "[mcp]") {
  Fixture f;
  const auto path = f.temp.Write("input", std::string(McpStdio::kMaxLine + 100'000, 'x') + "\n" + kPing + "\n");
  const auto out = f.temp.Write("output", "");
  const int input = ::open(path.c_str(), O_RDONLY);
  const int output = ::open(out.c_str(), O_WRONLY);
  const McpStdio stdio(f.loop, f.server, input, output);
  REQUIRE(RunUntil(f.loop, [&f] { return f.loop.IsStopped(); }));
  const auto answers = ReadFile(out);
  CHECK(answers.find("a message has at most 1 MiB") != std::string::npos);
  CHECK(answers.ends_with("{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{}}\n"));
  CHECK(std::count(answers.begin(), answers.end(), '\n') == 2);
  ::close(input);
  ::close(output);
}
