// SPDX-License-Identifier: Apache-2.0
#include <netinet/in.h>
#include <sys/socket.h>
#include <catch2/catch.hpp>

#include <optional>

#include "tests/support/RunLoop.hxx"
#include "tests/support/ScriptListener.hxx"
#include "tunnel/TcpConnector.hxx"

using namespace lookout;

namespace {

/** A loopback address where nobody listens. */
SocketAddress ClosedAddress() {
  const ScriptListener gone([](ScriptPeer &) {});
  return ParseSocketAddress("127.0.0.1", gone.Port()).value();
}

/** A listener that never accepts and whose queue is full, so that a connection attempt hangs. */
class FullListener {
 public:
  FullListener()
      : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        address_(ParseSocketAddress("127.0.0.1", 0).value()) {
    REQUIRE(::bind(listener_.Get(), address_.Get(), address_.size) == 0);
    ::listen(listener_.Get(), 0);
    ::getsockname(listener_.Get(), reinterpret_cast<sockaddr *>(&address_.storage), &address_.size);
    for (auto &fd : queued_) {
      fd.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      static_cast<void>(::connect(fd.Get(), address_.Get(), address_.size));
    }
  }
  const SocketAddress &Address() const { return address_; }

 private:
  UniqueFd listener_;
  SocketAddress address_;
  std::array<UniqueFd, 4> queued_;
};

struct Connecting {
  Connecting(EventLoop &loop, std::vector<SocketAddress> addresses)
      : connector(loop, std::move(addresses), [this](Result<TcpConnection> got) {
          ++calls;
          if (got) connection = std::move(*got);
          if (!got) error = got.error().message;
        }) {}

  int calls = 0;
  std::optional<TcpConnection> connection;
  std::string error;
  TcpConnector connector;
};

}  // namespace

TEST_CASE("TcpConnector: takes the next address after a failure", "[tunnel]") {
  const ScriptListener server([](ScriptPeer &peer) { peer.ReadToEnd(); });
  const SystemClock clock;
  EventLoop loop(clock);
  Connecting test(loop, {ClosedAddress(), ParseSocketAddress("127.0.0.1", server.Port()).value()});
  CHECK(test.calls == 0);
  REQUIRE(RunUntil(loop, [&] { return test.calls == 1; }));
  REQUIRE(test.connection);
  CHECK(test.connection->peer.ToString() == server.Authority());
  CHECK(test.connection->fd.IsOpen());
}

TEST_CASE("TcpConnector: does not wait for an address that hangs", "[tunnel]") {
  const FullListener hanging;
  const ScriptListener server([](ScriptPeer &peer) { peer.ReadToEnd(); });
  const SystemClock clock;
  EventLoop loop(clock);
  Connecting test(loop, {hanging.Address(), ParseSocketAddress("127.0.0.1", server.Port()).value()});
  REQUIRE(RunUntil(
      loop, [&] { return test.calls == 1; }, std::chrono::seconds(2)));
  REQUIRE(test.connection);
  CHECK(test.connection->peer.ToString() == server.Authority());
}

TEST_CASE("TcpConnector: names every address and its failure", "[tunnel]") {
  const auto one = ClosedAddress();
  const SystemClock clock;
  EventLoop loop(clock);
  Connecting test(loop, {one, ParseSocketAddress("::1", 1).value()});
  REQUIRE(RunUntil(loop, [&] { return test.calls == 1; }));
  CHECK_THAT(test.error, Catch::StartsWith(one.ToString() + ": Connection refused; [::1]:1: "));
}
