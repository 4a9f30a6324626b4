// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include "tests/support/FakeClock.hxx"
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
    return frame ? std::string(frame->Text()) : "-";
  }
  static MessageBuffer Sized(size_t size) { return MessageBuffer(std::string(size, 'x')); }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "OutboundQueue: control frames overtake, lanes take turns and keep their order", "[queue]") {
  OutboundQueue::Lane a(queue, 500, nullptr);
  OutboundQueue::Lane b(queue, 500, nullptr);
  for (const auto text : {"a1", "a2", "a3"}) a.Push(MessageBuffer(text));
  b.Push(MessageBuffer("b1"));
  queue.PushControl(MessageBuffer("c"));
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
    lane.Push(MessageBuffer("kept beyond its lane"));
  }
  CHECK(Pop() == "kept beyond its lane");
  loop.RunDeferred();
  OutboundQueue::Lane lane(queue, 500, nullptr);
  lane.Push(Sized(30));
  lane.Clear();
  CHECK(lane.IsEmpty());
  CHECK(queue.IsEmpty());
  CHECK(queue.TotalBytes() == 0);
  lane.Push(MessageBuffer("after"));
  CHECK(Pop() == "after");
}
