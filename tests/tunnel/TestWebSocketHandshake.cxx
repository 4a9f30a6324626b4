// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/socket.h>
#include <catch2/catch.hpp>

#include <array>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "tests/tunnel/WebSocketFixture.hxx"
#include "tunnel/TcpConnector.hxx"

using namespace lookout;
using Phase = CloseInfo::Phase;

namespace {

/** What a server that answers the upgrade with `answer` ends in. */
CloseInfo CloseFor(const std::string &answer) {
  ScriptListener server([&](ScriptPeer &peer) {
    peer.ReadHead();
    peer.Write(answer);
  });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  auto closed = test.WaitClosed();
  CHECK(test.handler.opened.empty());
  CHECK_THAT(closed.message, Catch::Contains(server.Authority()));
  CHECK(server.Accepted() == 1);
  return closed;
}

/** Copies bytes between two sockets until one of them ends. */
void Relay(int from, int to) {
  std::array<char, 16384> chunk;
  while (true) {
    const auto count = ::recv(from, chunk.data(), chunk.size(), 0);
    if (count <= 0 || ::send(to, chunk.data(), static_cast<size_t>(count), MSG_NOSIGNAL) != count) break;
  }
  ::shutdown(from, SHUT_RDWR);
  ::shutdown(to, SHUT_RDWR);
}

/** A proxy that leads every CONNECT to one port on loopback, and notes its heads. */
class TestProxy {
 public:
  explicit TestProxy(uint16_t target) : target_(target), listener_([this](ScriptPeer &peer) { Serve(peer); }) {}

  uint16_t Port() const { return listener_.Port(); }
  std::string LastHead() {
    const std::lock_guard lock(mutex_);
    return head_;
  }
  /** Answered instead of 200 unless the request has these credentials, in base64. */
  std::string wanted_credentials;

 private:
  void Serve(ScriptPeer &peer) {
    const auto head = peer.ReadHead();
    {
      const std::lock_guard lock(mutex_);
      head_ = head;
    }
    if (!wanted_credentials.empty() && HeaderOf(head, "Proxy-Authorization") != "Basic " + wanted_credentials) {
      peer.Write("HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n");
      return;
    }
    const auto address = ParseSocketAddress("127.0.0.1", target_).value();
    const UniqueFd out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::connect(out.Get(), address.Get(), address.size) < 0) return;
    peer.Write("HTTP/1.1 200 OK\r\n\r\n");
    std::thread back([&] { Relay(out.Get(), peer.Fd()); });
    Relay(peer.Fd(), out.Get());
    back.join();
  }

  const uint16_t target_;
  std::mutex mutex_;
  std::string head_;
  ScriptListener listener_;
};

void Echo(ScriptPeer &peer) {
  peer.AcceptUpgrade();
  while (const auto message = peer.ReadMessage()) peer.SendFrame(1, *message);
}

}  // namespace

TEST_CASE("WebSocketClient: tells a refused upgrade with status and Retry-After", "[tunnel]") {
  const auto not_found = CloseFor("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
  CHECK(not_found.phase == Phase::Upgrade);
  CHECK(not_found.http_status == 404);
  CHECK_FALSE(not_found.retry_after);
  CHECK_THAT(not_found.message, Catch::Contains("upgrade of /api/portwing/ws with HTTP 404 Not Found"));

  const auto busy = CloseFor("HTTP/1.1 503 Service Unavailable\r\nRetry-After: 7\r\n\r\nbusy");
  CHECK(busy.http_status == 503);
  CHECK(busy.retry_after == 7);

  const auto later = CloseFor(
      "HTTP/1.1 429 Too Many\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nRetry-After: Sun, 06 Nov 1994 08:50:37 "
      "GMT\r\n\r\n");
  CHECK(later.http_status == 429);
  CHECK(later.retry_after == 60);

  CHECK(CloseFor("HTTP/1.1 401 Unauthorized\r\n\r\n").http_status == 401);
  CHECK(CloseFor("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").http_status == 200);
  CHECK(CloseFor("HTTP/1.1 502 Bad\r\nX-Long: " + std::string(6000, 'x') + "\r\n\r\n").http_status == 502);
}

TEST_CASE("WebSocketClient: does not follow redirects, and says where they lead", "[tunnel]") {
  const ScriptListener elsewhere(Echo);
  for (const int status : {301, 302, 303, 307, 308}) {
    const auto closed = CloseFor("HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: ws://" +
                                 elsewhere.Authority() + "/x\r\n\r\n");
    CHECK(closed.http_status == status);
    CHECK_THAT(closed.message, Catch::Contains("ws://" + elsewhere.Authority() + "/x"));
  }
  CHECK(elsewhere.Accepted() == 0);
}

TEST_CASE("WebSocketClient: tells answers that are no upgrade", "[tunnel]") {
  constexpr const char *kWrongProof =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n";
  for (const auto *const answer :
       {"", "\r\n", "SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n", kWrongProof,
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"}) {
    CAPTURE(answer);
    const auto closed = CloseFor(answer);
    CHECK(closed.phase == Phase::Upgrade);
    CHECK(closed.http_status == 0);
    INFO(closed.message);
    CHECK((closed.message.find("answered the upgrade wrongly") != std::string::npos ||
           closed.message.find("closed the connection instead") != std::string::npos));
  }
}

TEST_CASE("WebSocketClient: gives up on a peer that never answers, in every step", "[tunnel]") {
  const std::string scheme = GENERATE("ws://", "wss://");
  ScriptListener server([](ScriptPeer &peer) { peer.ReadToEnd(); });
  WebSocketFixture test;
  test.settings.handshake_limit = std::chrono::seconds(1);
  test.Dial(scheme + server.Authority());
  const auto closed = test.WaitClosed(std::chrono::milliseconds(1500));
  if (scheme == "ws://") {
    CHECK(closed.phase == Phase::Upgrade);
    CHECK_THAT(closed.message, Catch::Contains("did not answer the upgrade within 1 s"));
  } else {
    CHECK(closed.phase == Phase::Connect);
    CHECK_THAT(closed.message, Catch::Contains("did not finish the TLS handshake within 1 s"));
  }
}

TEST_CASE("WebSocketClient: an upgrade answered byte by byte does not stretch the limit", "[tunnel]") {
  ScriptListener server([](ScriptPeer &peer) {
    peer.Write("HTTP/1.1 101 Switching Protocols\r\nX: ");
    while (peer.Write("x")) std::this_thread::sleep_for(std::chrono::milliseconds(50));
  });
  WebSocketFixture test;
  test.settings.handshake_limit = std::chrono::seconds(1);
  test.Dial("ws://" + server.Authority());
  CHECK_THAT(test.WaitClosed(std::chrono::milliseconds(1500)).message, Catch::Contains("did not answer the upgrade"));
}

TEST_CASE("WebSocketClient: tells failures before TCP is up", "[tunnel]") {
  uint16_t port = 0;
  {
    const ScriptListener gone([](ScriptPeer &) {});
    port = gone.Port();
  }
  WebSocketFixture test;
  test.Dial("ws://127.0.0.1:" + std::to_string(port));
  const auto refused = test.WaitClosed();
  CHECK(refused.phase == Phase::Connect);
  CHECK(refused.message == "cannot connect to 127.0.0.1:" + std::to_string(port) + ": Connection refused");

  test.Dial("ws://no-such-name.invalid");
  const auto unknown = test.WaitClosed();
  CHECK(unknown.phase == Phase::Resolve);
  CHECK_THAT(unknown.message, Catch::Contains("no-such-name.invalid"));
}

TEST_CASE("WebSocketClient: goes through a proxy, with TLS and the name checked behind it", "[tunnel]") {
  const TestCa ca("Test Root");
  const auto certificate = ca.Issue({{"DNS:hub.test"}});
  const ScriptListener server(Echo, "127.0.0.1", &certificate);
  TestProxy proxy(server.Port());
  WebSocketFixture test;
  test.settings.tls.skip_verify = true;
  test.settings.proxy = ProxyUrl{"127.0.0.1", proxy.Port(), false, "", ""};

  SECTION("without credentials") {
    test.Dial("wss://hub.test");
    REQUIRE(test.WaitOpen());
    CHECK_THAT(proxy.LastHead(), Catch::StartsWith("CONNECT hub.test:443 HTTP/1.1\r\n"));
    test.Send("through");
    CHECK(test.WaitFor([&] { return test.handler.messages.size() == 1; }));
    CHECK_THAT(test.handler.opened.front().peer,
               Catch::Contains("hub.test:443 through proxy 127.0.0.1:" + std::to_string(proxy.Port())));
  }
  SECTION("with credentials") {
    proxy.wanted_credentials = "dXNlcjpzZWNyZXQ=";
    test.settings.proxy = ProxyUrl{"127.0.0.1", proxy.Port(), true, "user", "secret"};
    test.Dial("wss://hub.test:8443");
    REQUIRE(test.WaitOpen());
    CHECK_THAT(proxy.LastHead(), Catch::StartsWith("CONNECT hub.test:8443 HTTP/1.1\r\n"));
  }
  SECTION("with wrong credentials") {
    proxy.wanted_credentials = "dXNlcjpzZWNyZXQ=";
    test.settings.proxy = ProxyUrl{"127.0.0.1", proxy.Port(), true, "user", "wrong"};
    test.Dial("wss://hub.test");
    const auto closed = test.WaitClosed();
    CHECK(closed.phase == Phase::Connect);
    CHECK(closed.message ==
          "proxy 127.0.0.1:" + std::to_string(proxy.Port()) + " refused the user name and password (HTTP 407)");
  }
  SECTION("with a certificate of another name behind it") {
    test.settings.tls.skip_verify = false;
    test.Dial("wss://other.test");
    CHECK_THAT(test.WaitClosed().message, Catch::Contains("TLS with other.test:443 through proxy"));
  }
  SECTION("that is not there") {
    test.settings.proxy = ProxyUrl{"127.0.0.1", 1, false, "", ""};
    test.Dial("wss://hub.test");
    CHECK(test.WaitClosed().message == "proxy 127.0.0.1:1: cannot connect to 127.0.0.1:1: Connection refused");
  }
}

TEST_CASE("WebSocketClient: gives up on a proxy that never answers", "[tunnel]") {
  ScriptListener proxy([](ScriptPeer &peer) { peer.ReadToEnd(); });
  WebSocketFixture test;
  test.settings.handshake_limit = std::chrono::seconds(1);
  test.settings.proxy = ProxyUrl{"127.0.0.1", proxy.Port(), false, "", ""};
  test.Dial("ws://hub.test");
  CHECK(test.WaitClosed().message ==
        "gave up after 1 s of waiting for proxy " + proxy.Authority() + " to answer CONNECT hub.test:80");
}

TEST_CASE("WebSocketClient: does not obey http_proxy by itself", "[tunnel]") {
  ::setenv("http_proxy", "http://127.0.0.1:1", 1);
  const ScriptListener server(Echo);
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  CHECK(test.WaitOpen());
  ::unsetenv("http_proxy");
}

TEST_CASE("WebSocketClient: refuses an extension that it did not ask for", "[tunnel]") {
  ScriptListener server([](ScriptPeer &peer) {
    peer.AcceptUpgrade("Sec-WebSocket-Extensions: permessage-deflate\r\n");
    peer.ReadToEnd();
  });
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  CHECK_THAT(test.WaitClosed().message, Catch::Contains("answered the upgrade wrongly"));
}

TEST_CASE("WebSocketClient: works where the descriptor numbers are high", "[tunnel]") {
  std::vector<UniqueFd> many;
  many.reserve(700);
  for (int i = 0; i < 700; ++i) many.emplace_back(::fcntl(0, F_DUPFD_CLOEXEC, 0));
  const ScriptListener server(Echo);
  WebSocketFixture test;
  test.Dial("ws://" + server.Authority());
  REQUIRE(test.WaitOpen());
  test.Send("still fine");
  CHECK(test.WaitFor([&] { return test.handler.messages.size() == 1; }));
}
