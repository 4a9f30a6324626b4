// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <memory>
#include <random>

#include "tests/support/FakeClock.hxx"
#include "tunnel/Limits.hxx"
#include "tunnel/OutboundQueue.hxx"

using namespace lookout;

namespace {

struct Fixture {
  FakeClock clock;
  EventLoop loop{clock};
  unsigned signals = 0;
  OutboundQueue queue{loop, 1000, [this] { ++signals; }};

  std::string Pop() {
    const auto frame = queue.Pop();
    return frame.value_or("-");
  }
  static std::string Sized(size_t size) { return std::string(size, 'x'); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "OutboundQueue: control frames overtake, lanes take turns and keep their order", "[queue]") {
  OutboundQueue::Lane a(queue, 500, nullptr);
  OutboundQueue::Lane b(queue, 500, nullptr);
  for (const auto text : {"a1", "a2", "a3"}) a.Push(text);
  b.Push("b1");
  queue.PushControl("c");
  CHECK(signals == 5);
  std::string order;
  while (!queue.IsEmpty()) order += Pop() + " ";
  CHECK(order == "c a1 b1 a2 a3 ");
  CHECK(Pop() == "-");
  CHECK(queue.TotalBytes() == 0);
  CHECK(queue.ControlBytes() == 0);
}

TEST_CASE_METHOD(Fixture, "OutboundQueue: a lane over its budget waits until half of it is gone", "[queue]") {
  unsigned room = 0;
  OutboundQueue::Lane lane(queue, 100, [&] { ++room; });
  CHECK(lane.Push(Sized(60)) == Flow::Go);
  CHECK(lane.Push(Sized(60)) == Flow::Wait);
  CHECK(lane.Push(Sized(10)) == Flow::Wait);
  loop.RunDeferred();
  CHECK(room == 0);
  Pop();
  loop.RunDeferred();
  CHECK(room == 0);
  Pop();
  loop.RunDeferred();
  CHECK(room == 1);
  Pop();
  loop.RunDeferred();
  CHECK(room == 1);
}

TEST_CASE_METHOD(Fixture, "OutboundQueue: the limit of the connection holds all lanes back, and none for ever",
                 "[queue]") {
  unsigned room = 0;
  OutboundQueue::Lane big(queue, 5000, nullptr);
  OutboundQueue::Lane lane(queue, 500, [&] { ++room; });
  big.Push(Sized(990));
  CHECK(lane.Push(Sized(20)) == Flow::Wait);
  loop.RunDeferred();
  CHECK(room == 0);
  Pop();
  loop.RunDeferred();
  CHECK(room == 1);
}

TEST_CASE_METHOD(Fixture, "OutboundQueue: replies being collected count, and a lane that is empty still moves",
                 "[queue]") {
  unsigned room = 0;
  OutboundQueue::Lane lane(queue, 500, [&] { ++room; });
  CHECK(queue.Reserve(1000));
  CHECK_FALSE(queue.Reserve(1));
  CHECK(queue.TotalBytes() == 1000);
  CHECK(lane.Push(Sized(10)) == Flow::Wait);
  Pop();
  loop.RunDeferred();
  CHECK(room == 1);
  queue.Release(1000);
  CHECK(queue.TotalBytes() == 0);
}

TEST_CASE_METHOD(Fixture, "OutboundQueue: a lane's frames outlive it, a cleared lane's do not", "[queue]") {
  {
    OutboundQueue::Lane lane(queue, 10, [] { FAIL("nobody is there to be told"); });
    lane.Push("kept beyond its lane");
  }
  CHECK(Pop() == "kept beyond its lane");
  loop.RunDeferred();
  OutboundQueue::Lane lane(queue, 500, nullptr);
  lane.Push(Sized(30));
  lane.Clear();
  CHECK(lane.IsEmpty());
  CHECK(queue.IsEmpty());
  CHECK(queue.TotalBytes() == 0);
  lane.Push("after");
  CHECK(Pop() == "after");
}

TEST_CASE_METHOD(Fixture, "OutboundQueue: streams leave room for replies", "[queue]") {
  std::vector<std::unique_ptr<OutboundQueue::Lane>> lanes;
  for (int i = 0; i < 5; ++i) {
    lanes.push_back(std::make_unique<OutboundQueue::Lane>(queue, 300, nullptr));
    while (queue.TotalBytes() < 750 && lanes.back()->Push(Sized(50)) == Flow::Go) {
    }
  }
  CHECK(queue.TotalBytes() == 750);
  CHECK(lanes[0]->Push(Sized(1)) == Flow::Wait);
  CHECK(queue.Reserve(200));
  CHECK_FALSE(queue.Reserve(200));
  CHECK(queue.HasRoomFor(49));
  CHECK_FALSE(queue.HasRoomFor(50));
  CHECK_FALSE(queue.HasRoomFor(SIZE_MAX));
}

TEST_CASE_METHOD(Fixture, "OutboundQueue: with all memory taken by replies every stream still moves", "[queue]") {
  REQUIRE(queue.Reserve(1000));
  constexpr int kLanes = 20;
  std::vector<std::unique_ptr<OutboundQueue::Lane>> lanes;
  std::vector<int> sent(kLanes, 0);
  for (int i = 0; i < kLanes; ++i) {
    lanes.push_back(std::make_unique<OutboundQueue::Lane>(queue, 300, [&, i] {
      ++sent[i];
      lanes[i]->Push(Sized(30));
    }));
    CHECK(lanes[i]->Push(Sized(30)) == Flow::Wait);
  }
  for (int round = 0; round < 10 * kLanes; ++round) {
    REQUIRE(queue.Pop());
    loop.RunDeferred();
    CHECK(queue.TotalBytes() == 1000 + 30 * kLanes);
  }
  for (const int count : sent) CHECK(count == 10);
}

TEST_CASE_METHOD(Fixture, "OutboundQueue: what finished work leaves behind, and control frames, can be a flood",
                 "[queue]") {
  SECTION("left behind") {
    {
      OutboundQueue::Lane lane(queue, 300, nullptr);
      for (int i = 0; i < 4; ++i) lane.Push(Sized(500));
      CHECK_FALSE(queue.IsFlooded());
    }
    CHECK(queue.IsFlooded());
    Pop();
    CHECK_FALSE(queue.IsFlooded());
    Pop();
    CHECK_FALSE(queue.IsCalm());
    Pop();
    CHECK(queue.IsCalm());
  }
  SECTION("control frames") {
    queue.PushControl(Sized(limits::kMaxControlBytes / 2));
    CHECK_FALSE(queue.IsFlooded());
    CHECK_FALSE(queue.IsCalm());
    queue.PushControl(Sized(limits::kMaxControlBytes / 2));
    CHECK(queue.IsFlooded());
    Pop();
    CHECK_FALSE(queue.IsFlooded());
    Pop();
    CHECK(queue.IsCalm());
  }
  while (queue.Pop()) {
  }
  CHECK(queue.IsCalm());
}

TEST_CASE_METHOD(Fixture, "OutboundQueue: a producer may clear or end other lanes when it is woken", "[queue]") {
  std::optional<OutboundQueue::Lane> second;
  unsigned woken = 0;
  OutboundQueue::Lane first(queue, 100, [&] {
    ++woken;
    second.reset();
  });
  second.emplace(queue, 100, [] { FAIL("it is gone"); });
  first.Push(Sized(100));
  second->Push(Sized(100));
  Pop();
  Pop();
  loop.RunDeferred();
  CHECK(woken == 1);
}

namespace {

/** Pushes, pops, reserves and ends lanes at random, and keeps the books apart. */
struct Chaos : Fixture {
  struct Producer {
    std::unique_ptr<OutboundQueue::Lane> lane;
    size_t number = 0;  // of all lanes there have been
    bool waiting = false;
  };

  unsigned Below(unsigned bound) { return static_cast<unsigned>(random() % bound); }

  void Push(Producer &producer) {
    if (!producer.lane) {
      producer.number = pushed.size();
      pushed.push_back(0);
      popped.push_back(0);
      producer.waiting = false;
      producer.lane = std::make_unique<OutboundQueue::Lane>(queue, 200, [&producer] { producer.waiting = false; });
    }
    if (producer.waiting) return;
    auto text = std::to_string(producer.number) + " " + std::to_string(pushed[producer.number]++) + " ";
    text += std::string(Below(100), '.');
    waiting_bytes += text.size();
    producer.waiting = producer.lane->Push(text) == Flow::Wait;
  }

  void PopOne() {
    const auto frame = queue.Pop();
    if (!frame) return;
    waiting_bytes -= frame->size();
    const std::string text = *frame;
    size_t digits = 0;
    const size_t number = std::stoul(text, &digits);
    REQUIRE(std::stoul(text.substr(digits)) == popped[number]++);
  }

  void Step() {
    auto &producer = producers[Below(6)];
    const unsigned action = Below(10);
    if (action < 4) Push(producer);
    if (action == 4 && Below(5) == 0) producer.lane.reset();
    if (action == 5) {
      const size_t size = Below(300);
      if (queue.Reserve(size)) reserved += size;
    }
    if (action == 6) queue.Release(std::exchange(reserved, 0));
    if (action > 6) PopOne();
    if (Below(3) == 0) loop.RunDeferred();
  }

  std::mt19937 random{7};  // NOLINT(cert-msc32-c,cert-msc51-cpp): a failure comes again
  std::vector<Producer> producers{6};
  std::vector<unsigned> pushed;
  std::vector<unsigned> popped;
  size_t waiting_bytes = 0;
  size_t reserved = 0;
};

}  // namespace

TEST_CASE_METHOD(Chaos, "OutboundQueue: whatever happens, all is counted once and nothing is lost or reordered",
                 "[queue]") {
  for (int step = 0; step < 20'000; ++step) {
    Step();
    REQUIRE(queue.TotalBytes() == waiting_bytes + reserved);
    REQUIRE(queue.IsEmpty() == (waiting_bytes == 0));
  }
  queue.Release(reserved);
  while (!queue.IsEmpty()) PopOne();
  loop.RunDeferred();
  CHECK(queue.TotalBytes() == 0);
  CHECK(queue.IsCalm());
  CHECK(popped == pushed);
  for (const auto &producer : producers) CHECK_FALSE((producer.lane && producer.waiting));
}

TEST_CASE_METHOD(Fixture, "OutboundQueue: counts how often producers wait, and how many do", "[queue]") {
  OutboundQueue::Lane lane(queue, 100, [] {});
  auto gone = std::make_unique<OutboundQueue::Lane>(queue, 100, [] {});
  CHECK(queue.Waits() == 0);
  lane.Push(Sized(100));
  lane.Push(Sized(10));
  gone->Push(Sized(100));
  CHECK(queue.Waits() == 2);
  CHECK(queue.Waiting() == 2);
  gone.reset();
  CHECK(queue.Waiting() == 1);
  while (queue.Pop()) {
  }
  loop.RunDeferred();
  CHECK(queue.Waiting() == 0);
  CHECK(queue.Waits() == 2);
}
