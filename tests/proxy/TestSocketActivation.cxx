// SPDX-License-Identifier: Apache-2.0
#include "proxy/SocketActivation.hxx"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <functional>

#include "proxy/ListenSocket.hxx"
#include "tests/proxy/ListenerFixture.hxx"
#include "tests/support/RunProgram.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;

namespace {

/** What `act` says in a child process that has `first` and `second` as its descriptors 3 and 4 and these variables. */
std::string InChild(int first, int second, const std::string &count, const std::function<std::string()> &act,
                    pid_t pid_offset = 0) {
  std::array<int, 2> pipe{};
  REQUIRE(::pipe(pipe.data()) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // High copies, so that neither 3 nor 4 is overwritten before it has been copied.
    const int out = ::fcntl(pipe[1], F_DUPFD, 100);
    const int high_first = ::fcntl(first, F_DUPFD, 100);
    const int high_second = ::fcntl(second, F_DUPFD, 100);
    ::dup2(high_first, 3);
    ::dup2(high_second, 4);
    ::setenv("LISTEN_PID", std::to_string(::getpid() + pid_offset).c_str(), 1);
    ::setenv("LISTEN_FDS", count.c_str(), 1);
    ::setenv("LISTEN_FDNAMES", "http:more", 1);
    std::string said;
    try {
      said = act();
    } catch (const std::exception &error) {
      said = std::string("error: ") + error.what();
    }
    const auto written = ::write(out, said.data(), said.size());
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(pipe[1]);
  std::string said(4000, ' ');
  size_t size = 0;
  for (ssize_t got = 1; got > 0; size += static_cast<size_t>(got > 0 ? got : 0)) {
    got = ::read(pipe[0], said.data() + size, said.size() - size);
  }
  said.resize(size);
  ::close(pipe[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(status == 0);
  return said;
}

std::string CountThem() {
  const auto sockets = TakeActivatedSockets();
  std::string said = std::to_string(sockets.size());
  for (const auto &socket : sockets) {
    said += " " + std::to_string(socket.Get());
    if ((::fcntl(socket.Get(), F_GETFD) & FD_CLOEXEC) != 0) said += "c";
    if ((::fcntl(socket.Get(), F_GETFL) & O_NONBLOCK) != 0) said += "n";
  }
  for (const auto *const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) {
    if (std::getenv(name) != nullptr) said += std::string(" ") + name;
  }
  return said;
}

}  // namespace

TEST_CASE("SocketActivation: takes what is meant for this process", "[listener]") {
  const auto tcp = MakeTcpListenSocket("127.0.0.1", 0);
  const TempDir directory;
  const auto local = MakeUnixListenSocket(directory.Join("x.sock"), 0600);
  CHECK(InChild(tcp.Get(), local.Get(), "2", CountThem) == "2 3cn 4cn");
  CHECK(InChild(tcp.Get(), local.Get(), "1", CountThem) == "1 3cn");
  CHECK(InChild(tcp.Get(), local.Get(), "0", CountThem) == "0");
  CHECK(InChild(tcp.Get(), local.Get(), "x", CountThem) == "0");
  CHECK_THAT(InChild(tcp.Get(), local.Get(), "-1", CountThem), Catch::StartsWith("error: "));
  CHECK_THAT(InChild(tcp.Get(), local.Get(), "9999999", CountThem), Catch::StartsWith("error: "));
  CHECK(InChild(tcp.Get(), local.Get(), "2", CountThem, 1) == "0");
}

TEST_CASE("SocketActivation: says which descriptor is of no use", "[listener]") {
  const auto tcp = MakeTcpListenSocket("127.0.0.1", 0);
  const UniqueFd file(::open("/dev/null", O_RDWR | O_CLOEXEC));
  CHECK_THAT(InChild(tcp.Get(), file.Get(), "2", CountThem),
             Catch::StartsWith("error: socket activation: descriptor 4 is not a listening stream socket"));
  CHECK_THAT(InChild(tcp.Get(), file.Get(), "9", CountThem), Catch::StartsWith("error: socket activation: descriptor"));
}

TEST_CASE("SocketActivation: a listener serves all its sockets, and leaves their files alone", "[listener]") {
  const TempDir directory;
  const auto path = directory.Join("x.sock");
  {
    std::vector<UniqueFd> sockets;
    sockets.push_back(MakeTcpListenSocket("127.0.0.1", 0));
    sockets.push_back(MakeUnixListenSocket(path, 0600));
    ListenerFixture fixture;
    fixture.handler.on_body = [](auto &call) { call.Answer(200, "hi"); };
    ListenerSettings settings;
    settings.address = "not an address: it must not be used";
    Listener listener(fixture.loop, settings, fixture.handler, std::move(sockets));
    CHECK(listener.IsLocal());
    CHECK(listener.Address() == "127.0.0.1:" + std::to_string(listener.Port()) + ", " + path);
    CHECK(RunProgram(fixture.loop, "curl -s http://127.0.0.1:" + std::to_string(listener.Port())) == "hiexit 0\n");
    CHECK(RunProgram(fixture.loop, "curl -s --unix-socket " + path + " http://d/") == "hiexit 0\n");
  }
  CHECK(::access(path.c_str(), F_OK) == 0);
}
