// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <system_error>

#include "base/EventLoop.hxx"
#include "tests/support/FakeClock.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

struct SocketPair {
  SocketPair() {
    int fds[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0);
    near.Reset(fds[0]);
    far.Reset(fds[1]);
  }
  void Send() const { REQUIRE(::write(far.Get(), "x", 1) == 1); }
  void Drain() const {
    char byte = 0;
    REQUIRE(::read(near.Get(), &byte, 1) == 1);
  }

  UniqueFd near;
  UniqueFd far;
};

struct Fixture {
  FakeClock clock;
  EventLoop loop{clock};
  uint32_t seen = 0;
  int calls = 0;

  std::function<void(uint32_t)> Recorder() {
    return [this](uint32_t events) {
      seen = events;
      ++calls;
    };
  }
};

}  // namespace

TEST_CASE("FdEvent: reports what it was asked for, as long as it lasts", "[fdevent]") {
  Fixture f;
  const SocketPair pair;
  FdEvent event(f.loop, f.Recorder());
  event.Watch(pair.near.Get(), EPOLLIN);
  CHECK(event.IsWatching());
  f.loop.Dispatch();
  CHECK(f.calls == 0);
  pair.Send();
  f.loop.Dispatch();
  f.loop.Dispatch();
  CHECK(f.calls == 2);
  CHECK(f.seen == EPOLLIN);
  pair.Drain();
  f.loop.Dispatch();
  CHECK(f.calls == 2);
}

TEST_CASE("FdEvent: the interest can change", "[fdevent]") {
  Fixture f;
  const SocketPair pair;
  FdEvent event(f.loop, f.Recorder());
  pair.Send();
  event.Watch(pair.near.Get(), EPOLLOUT);
  f.loop.Dispatch();
  CHECK(f.seen == EPOLLOUT);
  event.Watch(pair.near.Get(), 0);
  f.loop.Dispatch();
  CHECK(f.calls == 1);
  event.Watch(pair.near.Get(), EPOLLIN | EPOLLOUT);
  f.loop.Dispatch();
  CHECK(f.seen == (EPOLLIN | EPOLLOUT));
}

TEST_CASE("FdEvent: without interest it still reports a hang-up", "[fdevent]") {
  Fixture f;
  SocketPair pair;
  FdEvent event(f.loop, f.Recorder());
  event.Watch(pair.near.Get(), 0);
  pair.far.Reset();
  f.loop.Dispatch();
  CHECK((f.seen & EPOLLHUP) != 0);
}

TEST_CASE("FdEvent: stopped, it is silent and can start again", "[fdevent]") {
  Fixture f;
  const SocketPair pair;
  FdEvent event(f.loop, f.Recorder());
  event.Stop();
  event.Watch(pair.near.Get(), EPOLLIN);
  pair.Send();
  event.Stop();
  CHECK_FALSE(event.IsWatching());
  f.loop.Dispatch();
  CHECK(f.calls == 0);
  event.Watch(pair.near.Get(), EPOLLIN);
  f.loop.Dispatch();
  CHECK(f.calls == 1);
}

TEST_CASE("FdEvent: may be destroyed in its own callback", "[fdevent]") {
  Fixture f;
  const SocketPair pair;
  pair.Send();
  const std::string captured = "still here, and too long for the small string buffer";
  std::string result;
  std::unique_ptr<FdEvent> event;
  event = std::make_unique<FdEvent>(f.loop, [&, captured](uint32_t) {
    event.reset();
    result = captured;
  });
  event->Watch(pair.near.Get(), EPOLLIN);
  f.loop.Dispatch();
  CHECK(result == captured);
  f.loop.Dispatch();
}

TEST_CASE("FdEvent: one that ends in another's callback is not called for the same batch", "[fdevent]") {
  Fixture f;
  const SocketPair pair_a;
  const SocketPair pair_b;
  pair_a.Send();
  pair_b.Send();
  int calls = 0;
  std::unique_ptr<FdEvent> a;
  std::unique_ptr<FdEvent> b;
  a = std::make_unique<FdEvent>(f.loop, [&](uint32_t) {
    ++calls;
    b.reset();
  });
  b = std::make_unique<FdEvent>(f.loop, [&](uint32_t) {
    ++calls;
    a.reset();
  });
  a->Watch(pair_a.near.Get(), EPOLLIN);
  b->Watch(pair_b.near.Get(), EPOLLIN);
  f.loop.Dispatch();
  CHECK(calls == 1);
}

TEST_CASE("FdEvent: an event of a closed descriptor does not reach its successor in the batch", "[fdevent]") {
  Fixture f;
  SocketPair first;
  SocketPair second;
  const SocketPair fresh;
  first.Send();
  second.Send();
  int hits = 0;
  std::unique_ptr<FdEvent> successor;
  // Whichever comes first ends the other's watch and has its number used again by a silent socket.
  const auto take_over = [&](SocketPair &victim, std::unique_ptr<FdEvent> &watch) {
    if (successor) return;
    const int number = victim.near.Get();
    watch.reset();
    victim.near.Reset();
    victim.near.Reset(::fcntl(fresh.near.Get(), F_DUPFD_CLOEXEC, number));
    REQUIRE(victim.near.Get() == number);
    successor = std::make_unique<FdEvent>(f.loop, [&](uint32_t) { ++hits; });
    successor->Watch(number, EPOLLIN);
  };
  std::unique_ptr<FdEvent> a;
  std::unique_ptr<FdEvent> b;
  a = std::make_unique<FdEvent>(f.loop, [&](uint32_t) { take_over(second, b); });
  b = std::make_unique<FdEvent>(f.loop, [&](uint32_t) { take_over(first, a); });
  a->Watch(first.near.Get(), EPOLLIN);
  b->Watch(second.near.Get(), EPOLLIN);
  f.loop.Dispatch();
  REQUIRE(successor);
  CHECK(hits == 0);
  fresh.Send();
  f.loop.Dispatch();
  CHECK(hits == 1);
}

TEST_CASE("FdEvent: one that stops late does not take its number from the next owner", "[fdevent]") {
  Fixture f;
  SocketPair old_pair;
  const SocketPair fresh;
  FdEvent late(f.loop, [](uint32_t) {});
  const int number = old_pair.near.Get();
  late.Watch(number, EPOLLIN);
  old_pair.near.Reset();
  const UniqueFd reused(::fcntl(fresh.near.Get(), F_DUPFD_CLOEXEC, number));
  REQUIRE(reused.Get() == number);
  FdEvent next(f.loop, f.Recorder());
  next.Watch(number, EPOLLIN);
  late.Stop();
  fresh.Send();
  f.loop.Dispatch();
  CHECK(f.calls == 1);
}

TEST_CASE("FdEvent: a duplicate that outlives the watch does not call what is gone", "[fdevent]") {
  Fixture f;
  SocketPair pair;
  const UniqueFd duplicate(::fcntl(pair.near.Get(), F_DUPFD_CLOEXEC, 0));
  {
    FdEvent event(f.loop, f.Recorder());
    event.Watch(pair.near.Get(), EPOLLIN);
    pair.near.Reset();
  }
  pair.Send();
  f.loop.Dispatch();
  CHECK(f.calls == 0);
}

TEST_CASE("FdEvent: says so when a descriptor cannot be watched", "[fdevent]") {
  Fixture f;
  FdEvent event(f.loop, f.Recorder());
  const UniqueFd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  CHECK_THROWS_AS(event.Watch(file.Get(), EPOLLIN), std::system_error);
  CHECK_FALSE(event.IsWatching());
}

TEST_CASE("FdEvent: more are served than fit in one batch", "[fdevent]") {
  Fixture f;
  constexpr int kCount = 150;
  std::vector<std::unique_ptr<SocketPair>> pairs;
  std::vector<std::unique_ptr<FdEvent>> events;
  for (int i = 0; i < kCount; ++i) {
    const auto &pair = *pairs.emplace_back(std::make_unique<SocketPair>());
    pair.Send();
    events.push_back(std::make_unique<FdEvent>(f.loop, [&](uint32_t) {
      ++f.calls;
      pair.Drain();
    }));
    events.back()->Watch(pair.near.Get(), EPOLLIN);
  }
  for (int round = 0; round < 3; ++round) f.loop.Dispatch();
  CHECK(f.calls == kCount);
}

TEST_CASE("EventLoop: RunOnce ends at its limit, also one that is no time at all", "[loop]") {
  const SystemClock clock;
  EventLoop loop(clock);
  const auto start = clock.Now();
  loop.RunOnce(-1s);
  loop.RunOnce(20ms);
  CHECK(clock.Now() - start >= 19ms);
  CHECK(clock.Now() - start < 10s);
}
