// SPDX-License-Identifier: Apache-2.0
#include "base/LwsContext.hxx"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <string>

#include "base/Worker.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  SystemClock clock;
  EventLoop loop{clock};
  LwsContext lws{loop};
  bool late = false;
  Timer limit{loop, [this] {
                late = true;
                loop.Stop();
              }};

  /** Runs both loops until a callback stops them. */
  void Run() {
    limit.Arm(30s);
    lws.Run();
    CHECK_FALSE(late);
  }
};

}  // namespace

TEST_CASE("LwsContext: serves timers, deferred calls and workers of the nested loop", "[lws]") {
  Fixture f;
  std::string order;
  Worker worker(f.loop, 1);
  std::unique_ptr<WorkerTask> task;
  Deferred deferred(f.loop, [&] {
    order += "deferred ";
    task = worker.Submit([] {},
                         [&] {
                           order += "worker";
                           f.loop.Stop();
                         });
  });
  Timer timer(f.loop, [&] {
    order += "timer ";
    deferred.Schedule();
  });
  timer.Arm(5ms);
  f.Run();
  CHECK(order == "timer deferred worker");
}

TEST_CASE("LwsContext: serves descriptors of the nested loop, also with high numbers", "[lws]") {
  Fixture f;
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  REQUIRE(limit.rlim_cur > 700);
  int fds[2];
  REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
  const UniqueFd far(fds[1]);
  const UniqueFd low(fds[0]);
  const UniqueFd near(::fcntl(low.Get(), F_DUPFD_CLOEXEC, 700));
  int reads = 0;
  FdEvent event(f.loop, [&](uint32_t) {
    char byte = 0;
    REQUIRE(::read(near.Get(), &byte, 1) == 1);
    if (++reads == 3) return f.loop.Stop();
    REQUIRE(::write(far.Get(), "x", 1) == 1);
  });
  event.Watch(near.Get(), EPOLLIN);
  REQUIRE(::write(far.Get(), "x", 1) == 1);
  f.Run();
  CHECK(reads == 3);
}

TEST_CASE("LwsContext: a deferred call may stop the loop before it begins to wait", "[lws]") {
  Fixture f;
  Deferred deferred(f.loop, [&] { f.loop.Stop(); });
  deferred.Schedule();
  f.Run();
}

TEST_CASE("LwsContext: ignores SIGPIPE and leaves the loop's descriptor to the loop", "[lws]") {
  const SystemClock clock;
  EventLoop loop(clock);
  { const LwsContext lws(loop); }
  CHECK(::fcntl(loop.Fd(), F_GETFD) >= 0);
  struct sigaction action {};
  REQUIRE(::sigaction(SIGPIPE, nullptr, &action) == 0);
  CHECK(action.sa_handler == SIG_IGN);
}
