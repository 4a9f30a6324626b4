// SPDX-License-Identifier: Apache-2.0
// The gate behind a real connection: tricks with paths, fields, bodies and kept connections lead nowhere.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "proxy/Listener.hxx"
#include "tests/proxy/GateFixture.hxx"
#include "tests/support/WireClient.hxx"

using namespace lookout;

namespace {

constexpr std::string_view kToken = "Authorization: Bearer right\r\n";

struct OverListenerFixture : GateFixture {
  OverListenerFixture() {
    inside.on_body = [](ScriptedHandler::Call &call) {
      call.Answer(200, call.request.head.method + " " + call.request.head.target);
    };
  }

  /** The status of each answer to these bytes; the last request must ask for the end of the connection. */
  std::vector<std::string> Ask(const std::string &bytes) {
    WireClient client(loop, listener.Port());
    client.Send(bytes);
    REQUIRE(RunUntil(loop, [&] { return client.IsEof(); }));
    std::vector<std::string> statuses;
    const auto &text = client.Received();
    constexpr std::string_view kBegin = "HTTP/1.1 ";
    for (size_t at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at + 1)) {
      statuses.push_back(text.substr(at + kBegin.size(), 3));
    }
    return statuses;
  }
  static std::string Request(const std::string &line, std::string_view fields = "", std::string_view body = "") {
    return line + " HTTP/1.1\r\nHost: d\r\n" + std::string(fields) + "\r\n" + std::string(body);
  }

  Listener listener{loop, ListenerSettings{}, gate};
};

using Statuses = std::vector<std::string>;
constexpr std::string_view kClose = "Connection: close\r\n";

}  // namespace

TEST_CASE("GateOverListener: no spelling of a path passes for an open one", "[gate]") {
  OverListenerFixture f;
  const auto [line, status] = GENERATE(table<std::string, std::string>({
      {"GET /health", "200"},
      {"GET http://d/health", "200"},
      {"GET HTTP://d/health?x", "200"},
      {"GET //health", "401"},
      {"GET /./health", "401"},
      {"GET /health/", "401"},
      {"GET /health/../containers/json", "401"},
      {"GET /health%2f..%2fcontainers", "401"},
      {"GET /health;/containers/json", "401"},
      {"GET /_portwing/health/../info", "401"},
      {"GET /_portwing//health", "401"},
      {"GET http://d/containers/json?/health", "401"},
      {"GET http://d?/health", "401"},
      {"GET /containers/json?x=/health", "401"},
      {"GET http:///health", "400"},
      {"GET http://u@d/health", "400"},
      {"GET /health#/containers/json", "400"},
      {"GET health", "400"},
      {"HEAD /containers/json", "401"},
      {"OPTIONS /containers/json", "401"},
      {"INVENTED /containers/json", "401"},
      {"CONNECT /containers/json", "401"},
      {"CONNECT d:80", "400"},
  }));
  CAPTURE(line);
  CHECK(f.Ask(f.Request(line, kClose)) == Statuses{status});
  CHECK(f.inside.calls.size() == (status == "200" ? 1 : 0));
}

TEST_CASE("GateOverListener: every request on a connection proves itself", "[gate]") {
  OverListenerFixture f;
  SECTION("one after the other, in one piece") {
    CHECK(f.Ask(f.Request("GET /1", kToken) + f.Request("GET /2") + f.Request("GET /3", kToken) +
                f.Request("GET /4", "Authorization: Bearer wrong\r\n" + std::string(kClose))) ==
          Statuses{"200", "401", "200", "401"});
    CHECK(f.inside.calls.size() == 2);
  }
  SECTION("an upgrade") {
    const std::string upgrade = "Connection: Upgrade, close\r\nUpgrade: tcp\r\n";
    CHECK(f.Ask(f.Request("POST /exec/a/start", upgrade)) == Statuses{"401"});
    CHECK(f.inside.calls.empty());
  }
  SECTION("a request in the body of a refused one is no request") {
    const auto inner = f.Request("GET /inner", kToken);
    const auto length = "Content-Length: " + std::to_string(inner.size()) + "\r\n";
    CHECK(f.Ask(f.Request("POST /outer", length, inner) + f.Request("GET /last", kClose)).front() == "401");
    CHECK(f.inside.calls.empty());
  }
  SECTION("a request behind one that is refused before its body has come") {
    CHECK(f.Ask(f.Request("POST /outer", "Content-Length: 100\r\n") + f.Request("GET /inner", kToken)) ==
          Statuses{"401"});
    CHECK(f.inside.calls.empty());
  }
}

TEST_CASE("GateOverListener: credentials count where they belong, and only there", "[gate]") {
  OverListenerFixture f;
  const auto chunked = "Transfer-Encoding: chunked\r\n" + std::string(kClose);
  SECTION("a trailer is no header") {
    CHECK(f.Ask(f.Request("POST /x", "Trailer: Authorization\r\n" + chunked,
                          "1\r\na\r\n0\r\n" + std::string(kToken) + "\r\n")) == Statuses{"401"});
  }
  SECTION("the query") {
    CHECK(f.Ask(f.Request("GET /x?token=right&X-Portwing-Token=right", kClose)) == Statuses{"401"});
  }
  SECTION("a second line of the same name") {
    CHECK(f.Ask(f.Request("GET /x", "X-Portwing-Token: wrong\r\nX-Portwing-Token: right\r\n" + std::string(kClose))) ==
          Statuses{"401"});
  }
  SECTION("a name with a blank or an underscore") {
    CHECK(f.Ask(f.Request("GET /x", "X_Portwing_Token: right\r\n" + std::string(kClose))) == Statuses{"401"});
    CHECK(f.Ask(f.Request("GET /x", "X-Portwing-Token : right\r\n" + std::string(kClose))) == Statuses{"400"});
  }
  CHECK(f.inside.calls.empty());
}

TEST_CASE("GateOverListener: what is signed is the path, however the target is written", "[gate]") {
  OverListenerFixture f;
  const auto fields = [&](std::string_view method, std::string_view target) {
    std::string text(kClose);
    for (const auto &header : f.Sign(method, target)) text += header.name + ": " + header.value + "\r\n";
    return text;
  };
  CHECK(f.Ask(f.Request("GET /a?b", fields("GET", "/a?b"))) == Statuses{"200"});
  CHECK(f.Ask(f.Request("GET http://d/a?b", fields("GET", "/a?b"))) == Statuses{"200"});
  CHECK(f.Ask(f.Request("GET http://d?b", fields("GET", "/?b"))) == Statuses{"200"});
  CHECK(f.inside.calls.back()->request.head.target == "/?b");
  CHECK(f.Ask(f.Request("HEAD /a?b", fields("GET", "/a?b"))) == Statuses{"401"});
  CHECK(f.Ask(f.Request("get /a?b", fields("GET", "/a?b"))) == Statuses{"401"});
  CHECK(f.Ask(f.Request("GET /%61?b", fields("GET", "/a?b"))) == Statuses{"401"});
  CHECK(f.Ask(f.Request("GET http://d/a?b", fields("GET", "http://d/a?b"))) == Statuses{"401"});
  CHECK(f.Ask(f.Request("POST /a", fields("POST", "/a") + "Content-Length: 1\r\n", "x")) == Statuses{"401"});
  CHECK(f.inside.calls.size() == 3);
}
