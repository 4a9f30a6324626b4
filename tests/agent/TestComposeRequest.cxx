// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeRequest.hxx"

#include <fmt/core.h>

#include <catch2/catch.hpp>

#include "base/JsonText.hxx"
#include "base/Utf8.hxx"

using namespace lookout;

namespace {

std::string Quoted(std::string_view text) {
  std::string json;
  AppendJsonString(json, text);
  return json;
}

/** A request with these members beside the two that are needed. */
tl::expected<ComposeRequest, ComposeFault> ParseWith(const std::string &members) {
  return ParseComposeRequest(R"({"operation":"up","stackName":"app")" + (members.empty() ? "" : "," + members) + "}",
                             {});
}

}  // namespace

TEST_CASE("ComposeRequest: everything that can be asked", "[compose]") {
  const auto request = ParseComposeRequest(
      R"({"operation":"logs","stackName":"my app","stackDir":"team/app","services":["web","db_1"],"build":true,
          "forceRecreate":true,"noDeps":true,"removeVolumes":true,"tail":20,"dryRun":true,
          "envVars":{"TAG":"1.2 $x","EMPTY":""},"files":{"docker-compose.yml":"services: {}\n",
          "etc/a.bin":"base64:aGVsbG8gd29ybGQ="},
          "registryAuth":{"server":"https://ghcr.io","username":"u","password":"p:w"},"unknown":[1,{}]})",
      {});
  REQUIRE(request);
  CHECK(request->operation == ComposeOperation::Logs);
  CHECK(request->stack_name == "my app");
  CHECK(request->directory == "team/app");
  CHECK(request->services == std::vector<std::string>{"web", "db_1"});
  CHECK((request->build && request->force_recreate && request->no_deps && request->remove_volumes));
  CHECK(request->tail == 20);
  CHECK(request->dry_run);
  CHECK(request->variables->at("TAG") == "1.2 $x");
  CHECK(request->files.at("etc/a.bin") == "hello world");
  CHECK(request->login->password.Reveal() == "p:w");
}

TEST_CASE("ComposeRequest: what is left out has a default", "[compose]") {
  const auto request = ParseWith("");
  REQUIRE(request);
  CHECK(request->directory == "app");
  CHECK(request->tail == 100);
  CHECK_FALSE(request->variables);
  CHECK_FALSE(request->login);
  CHECK_FALSE(request->dry_run);
  CHECK(ParseWith(R"("services":null,"files":null,"envVars":null,"tail":null,"registryAuth":null,"stackDir":"")"));
}

TEST_CASE("ComposeRequest: all operations and no others", "[compose]") {
  for (const auto *const name : {"up", "down", "pull", "ps", "logs", "restart", "stop", "start"}) {
    const auto request = ParseComposeRequest(fmt::format(R"({{"operation":"{}","stackName":"a"}})", name), {});
    REQUIRE(request);
    CHECK(NameOf(request->operation) == name);
  }
  for (const auto *const name : {"", "UP", "exec", "run", "up ", "config", "--help"}) {
    const auto request = ParseComposeRequest(fmt::format(R"({{"operation":"{}","stackName":"a"}})", name), {});
    REQUIRE_FALSE(request);
    CHECK_FALSE(request.error().is_malformed);
    CHECK(request.error().message.find("unknown operation") == 0);
  }
}

TEST_CASE("ComposeRequest: the tail is bounded", "[compose]") {
  CHECK(ParseWith(R"("tail":501)")->tail == 500);
  CHECK(ParseWith(R"("tail":0)")->tail == 100);
  CHECK(ParseWith(R"("tail":-3)")->tail == 100);
}

TEST_CASE("ComposeRequest: what is no request at all", "[compose]") {
  for (const auto *const json : {"", "[]", "\"up\"", "{", "{} x", R"({"operation":1,"stackName":"a"})",
                                 R"({"operation":"up","stackName":["a"]})"}) {
    INFO(json);
    const auto request = ParseComposeRequest(json, {});
    REQUIRE_FALSE(request);
    CHECK((request.error().is_malformed || request.error().message == "stackName is required"));
  }
  for (const auto *const members :
       {R"("services":"web")", R"("services":[1])", R"("build":"yes")", R"("tail":"10")", R"("tail":1.5)",
        R"("files":[])", R"("files":{"a":1})", R"("envVars":{"A":1})", R"("envVars":"A=1")", R"("registryAuth":"x")",
        R"("registryAuth":{"server":1})", R"("stackDir":1)"}) {
    INFO(members);
    const auto request = ParseWith(members);
    REQUIRE_FALSE(request);
    CHECK(request.error().is_malformed);
    CHECK(request.error().message.find("invalid request: ") == 0);
  }
}

TEST_CASE("ComposeRequest: a stack's place never leads out of STACKS_DIR", "[compose]") {
  using namespace std::string_literals;
  for (const auto &path : {""s,
                           "."s,
                           ".."s,
                           "/"s,
                           "/etc"s,
                           "../x"s,
                           "a/../.."s,
                           "a/.."s,
                           "a/./b"s,
                           "./a"s,
                           "a//b"s,
                           "a/"s,
                           "/a"s,
                           "a/../../etc"s,
                           "\0"s,
                           "a\0b"s,
                           "a\nb"s,
                           "a\rb"s,
                           "\x7f"s,
                           "\x1b[0m"s,
                           std::string(256, 'x'),
                           std::string(2000, 'x'),
                           "\xff"s,
                           "a/\xc0\xae\xc0\xae/b"s}) {
    INFO(path);
    CHECK_FALSE(CheckStackPath(path, "stackDir"));
    const auto request = ParseWith("\"stackDir\":" + Quoted(path));
    // An empty one means the stack's name, and JSON cannot carry what is not UTF-8.
    if (!path.empty() && IsValidUtf8(path)) CHECK_FALSE(request);
  }
  for (const auto *const path :
       {"app", "a/b/c", "..a", "a..", "...", "-x", "--help", "a b", "~", "$HOME", "a\\..\\b"}) {
    INFO(path);
    CHECK(CheckStackPath(path, "stackDir"));
  }
  CHECK_FALSE(ParseComposeRequest(R"({"operation":"up","stackName":"../evil","stackDir":"ok"})", {}));
}

TEST_CASE("ComposeRequest: files stay in their stack", "[compose]") {
  for (const auto *const path : {"", ".", "..", "/etc/passwd", "../docker-compose.yml", "a/../../b", "a/..", "a/",
                                 "./a", "a//b", ".env.drydock", "x\\u0000", "a\\nb"}) {
    INFO(path);
    CHECK_FALSE(ParseWith(fmt::format(R"("files":{{"{}":"x"}})", path)));
  }
  CHECK(ParseWith(R"("files":{"docker-compose.yml":"x",".env":"A=1","conf/-x":"y","a b":""})"));
  CHECK_FALSE(ParseWith(R"("files":{"a":"base64:!!!"})"));
  CHECK_FALSE(ParseWith(R"("files":{"a":"base64:YQ"})"));
  CHECK(ParseWith(R"("files":{"a":"base64:"})")->files.at("a").empty());
}

TEST_CASE("ComposeRequest: services cannot be taken for flags or paths", "[compose]") {
  for (const auto *const name : {"", "-d", "--build", "a b", "a;b", "$(id)", "`id`", "a/b", "../x", "a\\nb", "a=b",
                                 "a,b", "\\u0000", "web\\u0007", "ü"}) {
    INFO(name);
    CHECK_FALSE(ParseWith(fmt::format(R"("services":["{}"])", name)));
  }
  CHECK_FALSE(ParseWith("\"services\":[" + Quoted(std::string(129, 'a')) + "]"));
  CHECK(ParseWith(R"("services":["web","_x",".y","a-b.c_1"])"));
}

TEST_CASE("ComposeRequest: variables that steer the tools are refused", "[compose]") {
  for (const auto *const name : {"",
                                 "1A",
                                 "A B",
                                 "A-B",
                                 "A=B",
                                 "ä",
                                 "LD_PRELOAD",
                                 "LD_LIBRARY_PATH",
                                 "LD_AUDIT",
                                 "PATH",
                                 "DOCKER_HOST",
                                 "DOCKER_CONFIG",
                                 "DOCKER_CERT_PATH",
                                 "DOCKER_TLS_VERIFY",
                                 "DOCKER_CONTEXT",
                                 "DOCKER_BUILDKIT",
                                 "HOME",
                                 "SHELL",
                                 "BASH_ENV",
                                 "BASH_FUNC_x",
                                 "ENV",
                                 "CDPATH",
                                 "IFS",
                                 "COMPOSE_FILE",
                                 "COMPOSE_PROJECT_NAME",
                                 "BUILDKIT_HOST",
                                 "BUILDX_CONFIG",
                                 "SSH_AUTH_SOCK",
                                 "GIT_SSH_COMMAND",
                                 "PYTHONPATH",
                                 "PYTHONSTARTUP",
                                 "TMPDIR",
                                 "HTTP_PROXY",
                                 "https_proxy",
                                 "NO_PROXY",
                                 "All_Proxy"}) {
    INFO(name);
    CHECK_FALSE(CheckComposeVariable(name, "x", {}));
    CHECK_FALSE(ParseWith(fmt::format(R"("envVars":{{"{}":"x"}})", name)));
  }
  for (const auto *const name :
       {"A", "_a", "path", "TAG", "PROXY", "env", "MY_PATH", "X_LD_PRELOAD", "HTTP_PROXY_PORT"}) {
    INFO(name);
    CHECK(CheckComposeVariable(name, "x", {}));
  }
  CHECK(CheckComposeVariable("HTTP_PROXY", "http://p", {true}));
  CHECK(CheckComposeVariable("no_proxy", "*", {true}));
  CHECK_FALSE(CheckComposeVariable("LD_PRELOAD", "x", {true}));
}

TEST_CASE("ComposeRequest: a value stays one value", "[compose]") {
  using namespace std::string_literals;
  for (const auto &value : {"a\nB=c"s, "a\rb"s, "a\0b"s, std::string(70'000, 'x')})
    CHECK_FALSE(CheckComposeVariable("A", value, {}));
  for (const auto &value : {""s, "a b"s, "'\"\\$`"s, "="s, "\t"s, "ü"s}) CHECK(CheckComposeVariable("A", value, {}));
}

TEST_CASE("ComposeRequest: registries are reached by https only", "[compose]") {
  for (const auto *const server : {"", "ghcr.io", "http://ghcr.io", "https://", "https:///x", "https://:443", "ftp://x",
                                   "https://user@host", "https://a b", "https://a\\nb", "https://a?b", "https://a#b",
                                   "unix:///var/run/docker.sock", "https:/x", "https://a\\\\b"}) {
    INFO(server);
    CHECK_FALSE(ParseWith(fmt::format(R"("registryAuth":{{"server":"{}","username":"u","password":"p"}})", server)));
  }
  for (const auto *const server :
       {"https://ghcr.io", "HTTPS://Registry.example:5000/v2/", "https://index.docker.io/v1/"}) {
    CHECK(ParseWith(fmt::format(R"("registryAuth":{{"server":"{}","username":"u","password":"p"}})", server)));
  }
  CHECK_FALSE(ParseWith(R"("registryAuth":{"server":"https://a","username":"u:x","password":"p"})"));
}
