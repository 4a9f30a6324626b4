// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/socket.h>
#include <catch2/catch.hpp>

#include <future>
#include <optional>
#include <thread>

#include "base/Base64.hxx"
#include "tests/support/RunLoop.hxx"
#include "tests/support/ScriptPeer.hxx"
#include "tunnel/ProxyTunnel.hxx"

using namespace lookout;

namespace {

/** One CONNECT against a script that plays the proxy. */
struct TunnelCase {
  TunnelCase(const std::string &url, std::function<void(ScriptPeer &)> script) {
    std::array<int, 2> pair{};
    ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data());
    ScriptPeer peer{UniqueFd(pair[1])};
    std::thread proxy([&] {
      script(peer);
      peer.Close();
    });
    ::fcntl(pair[0], F_SETFL, O_NONBLOCK);
    const ProxyTunnel tunnel(loop, UniqueFd(pair[0]), ParseProxyUrl(url, "HTTPS_PROXY").value(), "hub.test:443",
                             [this](Result<UniqueFd> result) {
                               ++calls;
                               if (!result) error = result.error().message;
                             });
    CHECK(calls == 0);
    RunUntil(loop, [&] { return calls != 0; });
    proxy.join();
  }

  const SystemClock clock;
  EventLoop loop{clock};
  int calls = 0;
  std::string error;
};

/** What a proxy that says this ends in. */
std::string ErrorFor(const std::string &answer, const std::string &url = "http://p:1") {
  TunnelCase test(url, [&](ScriptPeer &peer) {
    peer.ReadHead();
    peer.Write(answer);
  });
  CHECK(test.calls == 1);
  return test.error;
}

}  // namespace

TEST_CASE("ProxyTunnel: sends CONNECT, and credentials when there are any", "[tunnel]") {
  std::string head;
  const auto script = [&](ScriptPeer &peer) {
    head = peer.ReadHead();
    peer.Write("HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n");
  };
  TunnelCase plain("http://p:1", script);
  CHECK(plain.calls == 1);
  CHECK(plain.error.empty());
  CHECK(head == "CONNECT hub.test:443 HTTP/1.1\r\nHost: hub.test:443\r\n\r\n");

  const std::string long_password(200, 'x');
  TunnelCase with_credentials("http://us%40er:" + long_password + "@p:1", script);
  CHECK(with_credentials.error.empty());
  CHECK(HeaderOf(head, "Proxy-Authorization") == "Basic " + Base64Encode("us@er:" + long_password));
}

TEST_CASE("ProxyTunnel: takes every valid way to say yes", "[tunnel]") {
  CHECK(ErrorFor("HTTP/1.0 200 \r\n\r\n").empty());
  CHECK(ErrorFor("HTTP/1.1 200\r\n\r\n").empty());
  CHECK(ErrorFor("HTTP/1.1 201 Fine\r\nX: y\r\n\r\n").empty());
}

TEST_CASE("ProxyTunnel: tells the failures apart and names the proxy", "[tunnel]") {
  CHECK(ErrorFor("HTTP/1.1 407 Auth\r\n\r\n") ==
        "proxy p:1 asks for a user name and password (HTTP 407); write http://user:password@p:1");
  CHECK(ErrorFor("HTTP/1.1 407 Auth\r\n\r\n", "http://u:secret@p:1") ==
        "proxy p:1 refused the user name and password (HTTP 407)");
  CHECK(ErrorFor("HTTP/1.1 403 Forbidden\r\n\r\n<html>") ==
        "proxy p:1 refused a tunnel to hub.test:443: \"HTTP/1.1 403 Forbidden\"");
  CHECK_THAT(ErrorFor("SSH-2.0-OpenSSH\r\n\r\n"), Catch::Contains("did not answer as an HTTP proxy"));
  CHECK_THAT(ErrorFor("HTTP/1.1 2000 x\r\n\r\n"), Catch::Contains("did not answer as an HTTP proxy"));
  CHECK_THAT(ErrorFor("HTTP/1.1 200 OK\r\n\r\nmore"), Catch::Contains("sent data of its own"));
  CHECK_THAT(ErrorFor(""), Catch::Contains("closed the connection instead of answering"));
  CHECK_THAT(ErrorFor("HTTP/1.1 200 OK\r\n"), Catch::Contains("closed the connection instead of answering"));
  CHECK_THAT(ErrorFor("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x')), Catch::Contains("endless headers"));
}
