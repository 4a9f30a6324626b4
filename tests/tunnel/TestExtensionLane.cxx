// SPDX-License-Identifier: Apache-2.0
#include "tunnel/ExtensionLane.hxx"

#include <catch2/catch.hpp>

#include "tests/support/FakeClock.hxx"
#include "tunnel/Limits.hxx"

using namespace lookout;

namespace {

class Speaker final : public SessionExtension {
 public:
  explicit Speaker(std::string first) : first_(std::move(first)) {}
  void OnSessionReady(FrameSender &frame_sender, const Welcome &welcome) override {
    sender = &frame_sender;
    poll_interval = welcome.poll_interval;
    sender->SendFrame(first_, "{}");
  }
  void OnSendable() override { ++sendable; }
  void OnSessionEnded() override {
    ++ended;
    sender->SendFrame("goodbye", "{}");
    sender = nullptr;
  }

  FrameSender *sender = nullptr;
  std::optional<int64_t> poll_interval;
  unsigned sendable = 0;
  unsigned ended = 0;

 private:
  const std::string first_;
};

struct Fixture {
  FakeClock clock;
  EventLoop loop{clock};
  OutboundQueue queue{loop, 32 * limits::kMiB, nullptr};
  Speaker inventory{"containers"};
  Speaker metrics{"metrics"};
  std::optional<ExtensionLane> lane{std::in_place, queue, std::vector<SessionExtension *>{&inventory, &metrics}};

  std::string Types() {
    std::string types;
    while (const auto frame = queue.Pop()) {
      const auto &text = *frame;
      types += text.substr(9, text.find('"', 9) - 9) + " ";
    }
    return types;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "ExtensionLane: frames leave in the order in which they were sent", "[extensions]") {
  CHECK(queue.IsEmpty());
  lane->Begin({300, "1.7.0", "1.4.0"});
  CHECK(inventory.poll_interval == 300);
  metrics.sender->SendFrame("later", "{}");
  CHECK(Types() == "containers metrics later ");
}

TEST_CASE_METHOD(Fixture, "ExtensionLane: says when to wait, and when to go on", "[extensions]") {
  lane->Begin({});
  const std::string data = "\"" + std::string(100'000, 'x') + "\"";
  unsigned sent = 0;
  while (inventory.sender->SendFrame("big", data) == Flow::Go) ++sent;
  CHECK(sent == 2);
  loop.RunDeferred();
  CHECK(inventory.sendable == 0);
  Types();
  loop.RunDeferred();
  CHECK(inventory.sendable == 1);
  CHECK(metrics.sendable == 1);
}

TEST_CASE_METHOD(Fixture, "ExtensionLane: the end is told once, and what was said before is still sent",
                 "[extensions]") {
  SECTION("never begun") {
    lane.reset();
    CHECK(inventory.ended == 0);
  }
  SECTION("ended, then destroyed") {
    lane->Begin({});
    lane->End();
    lane->End();
    lane.reset();
    CHECK(inventory.ended == 1);
    CHECK(metrics.ended == 1);
    CHECK(Types() == "containers metrics goodbye goodbye ");
  }
  SECTION("destroyed") {
    lane->Begin({});
    lane.reset();
    CHECK(inventory.ended == 1);
  }
}

TEST_CASE_METHOD(Fixture, "ExtensionLane: the largest frame fits into a message", "[extensions]") {
  lane->Begin({});
  Types();
  const std::string type = "dd:container_updated";
  inventory.sender->SendFrame(type, "\"" + std::string(inventory.sender->MaxFrameSize() - 2, 'x') + "\"");
  const auto frame = queue.Pop();
  REQUIRE(frame);
  CHECK(frame->size() <= limits::kMaxOutbound);
}
