// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "proxy/HijackConnection.hxx"
#include "proxy/Limits.hxx"
#include "proxy/UnixSocket.hxx"
#include "tests/support/RecordingDuplexSink.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

constexpr std::string_view kSwitch = "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

/** An engine beside the loop that reads as fast as it can, and switches protocols as soon as it has the body. */
struct BlockingReader {
  BlockingReader(std::string at, size_t body) : path(std::move(at)) {
    const auto address = MakeUnixAddress(path).value();
    REQUIRE(::bind(listener.Get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    REQUIRE(::listen(listener.Get(), 1) == 0);
    thread = std::thread([this, body] {
      const UniqueFd peer(::accept4(listener.Get(), nullptr, nullptr, SOCK_CLOEXEC));
      std::array<char, 64 * 1024> block;
      std::string head;
      size_t whole = 0;  // unknown before the end of the head
      for (ssize_t size = 1; size > 0;) {
        size = std::max<ssize_t>(::read(peer.Get(), block.data(), block.size()), 0);
        if (whole == 0) {
          head.append(block.data(), static_cast<size_t>(size));
          const size_t end = head.find("\r\n\r\n");
          if (end != std::string::npos) whole = end + 4 + body;
        }
        received += static_cast<size_t>(size);
        if (received == whole) ::send(peer.Get(), kSwitch.data(), kSwitch.size(), MSG_NOSIGNAL);
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

/** One upload to that engine. */
struct Upload {
  explicit Upload(size_t size) : engine(directory.Join("docker.sock"), size) {
    Request request;
    request.head = {"POST", "/session", {}};
    request.body = std::make_unique<StringBody>(std::string(size, 'x'));
    connection.emplace(loop, engine.path, std::move(request), sink);
  }

  TempDir directory;
  SystemClock clock;
  EventLoop loop{clock};
  BlockingReader engine;
  RecordingDuplexSink sink;
  std::optional<HijackConnection> connection;
};

}  // namespace

TEST_CASE("HijackConnection: a large body leaves the others their turn, however fast the engine reads", "[hijack]") {
  constexpr size_t kSize = 16 * 1024 * 1024;
  Upload upload(kSize);
  size_t most = 0;
  while (upload.engine.received < kSize) {
    const size_t before = upload.engine.received;
    upload.loop.RunOnce(std::chrono::milliseconds(100));
    most = std::max(most, upload.engine.received - before);
  }
  CHECK(most < kSize / 4);
}

TEST_CASE("HijackConnection: an answer may follow the last byte of the body at once", "[hijack]") {
  Upload upload(GENERATE(range(7U, 20U)) * kReadSize);
  for (int turn = 0; turn < 1000 && !upload.sink.head && !upload.sink.failure; ++turn) {
    upload.loop.RunOnce(std::chrono::milliseconds(10));
    // The answer is there before the loop turns again.
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  CHECK(upload.sink.head.has_value());
}
