// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <thread>

#include "proxy/HijackConnection.hxx"
#include "tests/support/RecordingDuplexSink.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

/** An engine that reads as fast as it can, beside the loop, until the connection ends. */
struct BlockingReader {
  explicit BlockingReader(std::string at) : path(std::move(at)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    REQUIRE(::bind(listener.Get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener.Get(), 1) == 0);
    thread = std::thread([this] {
      const UniqueFd peer(::accept4(listener.Get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::array<char, 64 * 1024> block;
      for (ssize_t size = 1; size > 0; received += static_cast<size_t>(size)) {
        size = std::max<ssize_t>(::read(peer.Get(), block.data(), block.size()), 0);
      }
    });
  }
  ~BlockingReader() {
    ::shutdown(listener.Get(), SHUT_RDWR);
    thread.join();
  }

  const std::string path;
  const UniqueFd listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::atomic<size_t> received = 0;
  std::thread thread;
};

}  // namespace

TEST_CASE("HijackConnection: a large body leaves the others their turn, however fast the engine reads", "[hijack]") {
  constexpr size_t kSize = 16 * 1024 * 1024;
  TempDir directory;
  SystemClock clock;
  EventLoop loop(clock);
  BlockingReader reader(directory.Join("docker.sock"));
  RecordingDuplexSink sink;
  Request request;
  request.head = {"POST", "/session", {}};
  request.body = std::make_unique<StringBody>(std::string(kSize, 'x'));
  HijackConnection connection(loop, reader.path, std::move(request), sink);
  size_t most = 0;
  while (reader.received < kSize) {
    const size_t before = reader.received;
    loop.RunOnce(std::chrono::milliseconds(100));
    most = std::max(most, reader.received - before);
  }
  CHECK(most < kSize / 4);
}
