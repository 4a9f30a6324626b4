// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <catch2/catch.hpp>

#include <chrono>
#include <functional>
#include <thread>

#include "base/UniqueFd.hxx"
#include "tunnel/SocketAddress.hxx"
#include "tunnel/TcpProgress.hxx"

using namespace lookout;

namespace {

/** Two ends of one TCP connection over loopback. */
struct TcpPair {
  TcpPair() {
    auto address = ParseSocketAddress("127.0.0.1", 0).value();
    const UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::bind(listener.Get(), address.Get(), address.size) == 0);
    ::listen(listener.Get(), 1);
    ::getsockname(listener.Get(), reinterpret_cast<sockaddr *>(&address.storage), &address.size);
    ours.Reset(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::connect(ours.Get(), address.Get(), address.size) == 0);
    theirs.Reset(::accept4(listener.Get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

  UniqueFd ours;
  UniqueFd theirs;
};

bool Soon(const std::function<bool()> &condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return false;
}

}  // namespace

TEST_CASE("TcpProgress: sees what came in and what was acknowledged", "[tunnel]") {
  const TcpPair pair;
  TcpProgress progress;
  progress.Look(pair.ours.Get());
  const auto quiet = progress.Look(pair.ours.Get());
  CHECK_FALSE(quiet.received);
  CHECK_FALSE(quiet.acknowledged);

  REQUIRE(::send(pair.ours.Get(), "x", 1, 0) == 1);
  CHECK(Soon([&] { return progress.Look(pair.ours.Get()).acknowledged; }));
  REQUIRE(::send(pair.theirs.Get(), "x", 1, 0) == 1);
  CHECK(Soon([&] { return progress.Look(pair.ours.Get()).received; }));
  CHECK_FALSE(progress.Look(pair.ours.Get()).received);
}

TEST_CASE("TcpProgress: a socket of another kind never changes", "[tunnel]") {
  TcpProgress progress;
  const UniqueFd unix_socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  CHECK_FALSE(progress.Look(unix_socket.Get()).received);
  CHECK_FALSE(progress.Look(-1).acknowledged);
}
