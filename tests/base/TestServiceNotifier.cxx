// SPDX-License-Identifier: Apache-2.0
#include "base/ServiceNotifier.hxx"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

#include "tests/support/FakeClock.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using namespace std::chrono_literals;
using Catch::StartsWith;

namespace {

/** The service manager's end. */
class Manager {
 public:
  Manager() {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, Path().c_str(), sizeof address.sun_path - 1);
    REQUIRE(::bind(socket_.Get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
  }

  std::string Path() const { return folder_.Join("notify"); }
  /** The next message, "" when there is none. */
  std::string Take() const {
    std::array<char, 512> bytes{};
    const auto got = ::recv(socket_.Get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return got < 0 ? std::string() : std::string(bytes.data(), static_cast<size_t>(got));
  }

 private:
  TempDir folder_;
  UniqueFd socket_{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

struct Fixture {
  Manager manager;
  FakeClock clock;
  EventLoop loop{clock};

  void Pass(Duration step) {
    clock.Advance(step);
    loop.Dispatch();
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "ServiceNotifier: tells readiness with the status of the moment", "[service]") {
  ServiceNotifier notifier(loop, {manager.Path(), 0us});
  notifier.Status("connecting");
  CHECK(manager.Take() == "STATUS=connecting");
  notifier.Status("connecting");
  CHECK(manager.Take().empty());
  notifier.Ready();
  CHECK(manager.Take() == "READY=1\nSTATUS=connecting");
  notifier.Reloading();
  CHECK_THAT(manager.Take(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  notifier.Stopping();
  CHECK(manager.Take() == "STOPPING=1");
  Pass(1h);
  CHECK(manager.Take().empty());
}

TEST_CASE_METHOD(Fixture, "ServiceNotifier: feeds the watchdog twice in its time, once it is ready", "[service]") {
  ServiceNotifier notifier(loop, {manager.Path(), 10s});
  Pass(20s);
  CHECK(manager.Take().empty());
  notifier.Ready();
  CHECK(manager.Take() == "READY=1\nSTATUS=");
  CHECK(manager.Take() == "WATCHDOG=1");
  Pass(4999ms);
  CHECK(manager.Take().empty());
  Pass(1ms);
  CHECK(manager.Take() == "WATCHDOG=1");
  Pass(5s);
  CHECK(manager.Take() == "WATCHDOG=1");
}

TEST_CASE_METHOD(Fixture, "ServiceNotifier: is silent without a manager", "[service]") {
  ServiceNotifier notifier(loop, {});
  notifier.Ready();
  notifier.Status("nobody hears it");
  notifier.Stopping();
  CHECK(manager.Take().empty());
}

TEST_CASE_METHOD(Fixture, "ServiceNotifier: refuses what is no address", "[service]") {
  CHECK_THROWS_WITH(ServiceNotifier(loop, {"notify", 0us}), StartsWith("NOTIFY_SOCKET: 'notify' is not"));
  CHECK_THROWS_WITH(ServiceNotifier(loop, {"/" + std::string(200, 'x'), 0us}), StartsWith("NOTIFY_SOCKET: '/xxx"));
  CHECK_THROWS_WITH(ServiceNotifier(loop, {manager.Path() + "-not", 0us}), StartsWith("NOTIFY_SOCKET '"));
}

TEST_CASE("TakeServiceEnvironment: takes what is meant for this process, and takes it away", "[service]") {
  const auto take = [](const char *pid, const char *interval) {
    ::setenv("NOTIFY_SOCKET", "@manager", 1);
    ::setenv("WATCHDOG_USEC", interval, 1);
    if (pid == nullptr) {
      ::unsetenv("WATCHDOG_PID");
    } else {
      ::setenv("WATCHDOG_PID", pid, 1);
    }
    return TakeServiceEnvironment();
  };
  const auto self = std::to_string(::getpid());
  const auto mine = take(self.c_str(), "30000000");
  CHECK(mine.socket == "@manager");
  CHECK(mine.watchdog == 30s);
  CHECK(take(nullptr, "30000000").watchdog == 30s);
  CHECK(take("1", "30000000").watchdog == 0s);
  CHECK(take(self.c_str(), "-1").watchdog == 0s);
  CHECK(take(self.c_str(), "often").watchdog == 0s);
  CHECK(std::getenv("NOTIFY_SOCKET") == nullptr);
  CHECK(std::getenv("WATCHDOG_USEC") == nullptr);
  CHECK(TakeServiceEnvironment().socket.empty());
}
