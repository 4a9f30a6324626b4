// SPDX-License-Identifier: Apache-2.0
#include "proxy/HeldBody.hxx"

#include <array>
#include <catch2/catch.hpp>
#include <filesystem>

#include "proxy/Limits.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/PushBody.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using Kind = HeldBody::Fault::Kind;
using State = BodySource::Chunk::State;

namespace {

struct HoldFixture {
  std::unique_ptr<HeldBody> Hold(std::unique_ptr<BodySource> source) {
    return std::make_unique<HeldBody>(loop, room, IpAddress(), std::move(source), [this](auto outcome) {
      CHECK_FALSE(fault.has_value());
      if (outcome) {
        whole = std::move(*outcome);
      } else {
        fault = outcome.error();
      }
    });
  }
  std::unique_ptr<HeldBody> HoldText(std::string text) { return Hold(std::make_unique<StringBody>(std::move(text))); }
  void Run() {
    loop.Dispatch();
    loop.RunDeferred();
  }
  void Pass(std::chrono::seconds time) {
    clock.Advance(time);
    Run();
  }
  std::string ReadWhole() {
    std::string text;
    std::array<char, 50'000> bytes{};
    for (;;) {
      const auto chunk = whole->body->Read(bytes);
      if (chunk.state != State::Data) {
        CHECK(chunk.state == State::End);
        return text;
      }
      text.append(bytes.data(), chunk.size);
    }
  }

  TempDir directory;
  FakeClock clock;
  EventLoop loop{clock};
  HeldBodyRoom room{{directory.Path()}};
  std::shared_ptr<PushBodyState> push = std::make_shared<PushBodyState>();
  std::optional<HeldBody::Whole> whole;
  std::optional<HeldBody::Fault> fault;
};

/** Bytes that do not repeat soon. */
std::string MakeBytes(size_t size) {
  std::string bytes(size, '\0');
  uint32_t state = 1;
  for (auto &byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

}  // namespace

TEST_CASE("HeldBody: gives the whole body with its length and digest", "[held]") {
  HoldFixture f;
  const auto size = GENERATE(as<size_t>(), 0, 1, 1000, kMaxHeldInMemory, kMaxHeldInMemory + 1, size_t{3} << 20);
  const auto bytes = MakeBytes(size);
  const auto held = f.HoldText(bytes);
  CHECK_FALSE(f.whole.has_value());
  f.Run();
  REQUIRE(f.whole.has_value());
  CHECK(f.whole->body->Length() == size);
  CHECK(f.whole->digest == Sha256(bytes));
  CHECK(f.room.bodies.Taken() == 1);
  CHECK(f.room.files.Taken() == (size > kMaxHeldInMemory ? 1 : 0));
  CHECK(f.ReadWhole() == bytes);
  f.whole.reset();
  CHECK(f.room.bodies.Taken() == 0);
  CHECK(f.room.files.Taken() == 0);
  CHECK(std::filesystem::is_empty(f.directory.Path()));
}

TEST_CASE("HeldBody: waits for what comes in pieces", "[held]") {
  HoldFixture f;
  const auto held = f.Hold(std::make_unique<PushBody>(f.push, std::nullopt));
  f.Run();
  f.push->Push("hello ");
  f.Run();
  CHECK_FALSE(f.whole.has_value());
  f.push->Push("world");
  f.push->Finish();
  f.Run();
  REQUIRE(f.whole.has_value());
  CHECK(f.whole->body->Length() == 11);
  CHECK(f.ReadWhole() == "hello world");
}

TEST_CASE("HeldBody: refuses what is too large, by its stated length or on the way", "[held]") {
  HoldFixture f;
  SECTION("stated") {
    const auto held = f.Hold(std::make_unique<PushBody>(f.push, kMaxHeldBody + 1));
    f.Run();
    CHECK(f.push->taken == 0);
    REQUIRE(f.fault.has_value());
  }
  SECTION("on the way") {
    const auto held = f.HoldText(std::string(kMaxHeldBody + 1, 'x'));
    f.Run();
    REQUIRE(f.fault.has_value());
  }
  CHECK(f.fault->kind == Kind::TooLarge);
  CHECK(f.room.bodies.Taken() == 0);
  CHECK(f.room.files.Taken() == 0);
}

TEST_CASE("HeldBody: exactly the limit is not too large", "[held]") {
  HoldFixture f;
  const auto held = f.HoldText(std::string(kMaxHeldBody, 'x'));
  f.Run();
  REQUIRE(f.whole.has_value());
  CHECK(f.whole->body->Length() == kMaxHeldBody);
}

TEST_CASE("HeldBody: a body that is late, or breaks off", "[held]") {
  HoldFixture f;
  const auto held = f.Hold(std::make_unique<PushBody>(f.push, 10));
  f.Run();
  f.push->Push("01234");
  SECTION("late") {
    f.Pass(std::chrono::seconds(9));
    CHECK_FALSE(f.fault.has_value());
    f.Pass(std::chrono::seconds(1));
    REQUIRE(f.fault.has_value());
    CHECK(f.fault->kind == Kind::TimedOut);
  }
  SECTION("broken") {
    f.push->Finish(State::Error);
    f.Run();
    REQUIRE(f.fault.has_value());
    CHECK(f.fault->kind == Kind::Broken);
  }
  f.Pass(std::chrono::seconds(60));
}

TEST_CASE("HeldBody: so many are held at a time, and no more", "[held]") {
  HoldFixture f;
  const bool all_taken = GENERATE(true, false);
  auto &places = all_taken ? f.room.bodies : f.room.files;
  std::vector<HeldPlaces::Place> taken;
  while (auto place = places.TryTake({})) taken.push_back(std::move(*place));
  const auto held = f.HoldText(std::string(kMaxHeldInMemory + (all_taken ? 0 : 1), 'x'));
  f.Run();
  REQUIRE(f.fault.has_value());
  CHECK(f.fault->kind == Kind::NoRoom);
  CHECK(f.fault->message == (all_taken ? "too many bodies are held" : "too many large bodies are held"));
}

TEST_CASE("HeldBody: a large one without a place for files", "[held]") {
  HoldFixture f;
  f.room.directories = {f.directory.Join("missing")};
  const auto held = f.HoldText(std::string(kMaxHeldInMemory + 1, 'x'));
  f.Run();
  REQUIRE(f.fault.has_value());
  CHECK(f.fault->kind == Kind::NoRoom);
  CHECK_THAT(f.fault->message, Catch::Contains("missing"));
  CHECK(f.room.files.Taken() == 1);
}

TEST_CASE("HeldBody: can be given up at any time", "[held]") {
  HoldFixture f;
  auto held = f.Hold(std::make_unique<PushBody>(f.push, 10));
  f.Run();
  held.reset();
  CHECK(f.room.bodies.Taken() == 0);
  CHECK(f.push->on_ready == nullptr);
  f.Pass(std::chrono::seconds(60));
  CHECK_FALSE(f.whole.has_value());
  CHECK_FALSE(f.fault.has_value());
}

TEST_CASE("HeldBody: what has been read to its end takes no place any more", "[held]") {
  HoldFixture f;
  const auto size = GENERATE(as<size_t>(), 1000, kMaxHeldInMemory + 1);
  const auto held = f.HoldText(std::string(size, 'x'));
  f.Run();
  REQUIRE(f.whole.has_value());
  // As an exchange with the engine does: it knows the length, and asks for no more than that.
  std::string bytes(size, '\0');
  for (size_t got = 0; got < size;) {
    CHECK(f.room.bodies.Taken() == 1);
    const auto chunk = f.whole->body->Read(std::span(bytes).subspan(got));
    REQUIRE(chunk.state == State::Data);
    got += chunk.size;
  }
  CHECK(f.room.bodies.Taken() == 0);
  CHECK(f.room.files.Taken() == 0);
  CHECK(f.whole->body->Length() == size);
  CHECK(f.whole->body->Read(bytes).state == State::End);
}
