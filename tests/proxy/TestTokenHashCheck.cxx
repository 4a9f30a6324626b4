// SPDX-License-Identifier: Apache-2.0
#include "proxy/TokenHashCheck.hxx"

#include <catch2/catch.hpp>

#include "auth/Argon2.hxx"
#include "proxy/Limits.hxx"
#include "tests/support/RunLoop.hxx"

using namespace lookout;

namespace {

IpAddress Address(std::string_view text) {
  return *IpAddress::Parse(text);
}

struct HashFixture {
  std::unique_ptr<TokenHashCheck::Wait> Begin(std::string_view token, std::string_view client = "192.0.2.1") {
    return check->Begin(token, Address(client), [this](bool is_right) { verdicts.push_back(is_right); });
  }
  bool RunUntilVerdicts(size_t count) {
    return RunUntil(loop, [&] { return verdicts.size() >= count; });
  }

  SystemClock clock;
  EventLoop loop{clock};
  Worker worker{loop, kMaxDerivations};
  std::vector<std::string> wrong;
  std::vector<bool> verdicts;
  std::unique_ptr<TokenHashCheck> check = std::make_unique<TokenHashCheck>(
      worker, MakeTokenHash("right"), [this](const IpAddress &client) { wrong.push_back(client.ToString()); });
};

}  // namespace

TEST_CASE("TokenHashCheck: tells right from wrong, and knows the right one afterwards", "[tokenhash]") {
  HashFixture f;
  CHECK_FALSE(f.check->IsKnown("right"));
  const auto first = f.Begin("wrong");
  REQUIRE(f.RunUntilVerdicts(1));
  const auto second = f.Begin("right");
  REQUIRE(f.RunUntilVerdicts(2));
  CHECK(f.verdicts == std::vector{false, true});
  CHECK(f.wrong == std::vector<std::string>{"192.0.2.1"});
  CHECK(f.check->IsKnown("right"));
  CHECK_FALSE(f.check->IsKnown("wrong"));
}

TEST_CASE("TokenHashCheck: equal tokens share one derivation, each is a failure", "[tokenhash]") {
  HashFixture f;
  std::vector<std::unique_ptr<TokenHashCheck::Wait>> waits;
  waits.reserve(20);
  for (int i = 0; i < 20; ++i) waits.push_back(f.Begin("wrong", i < 5 ? "192.0.2.1" : "192.0.2.2"));
  CHECK(f.check->Pending() == 1);
  REQUIRE(f.RunUntilVerdicts(20));
  CHECK(f.wrong.size() == 20);
  CHECK(f.check->Pending() == 0);
}

TEST_CASE("TokenHashCheck: who does not wait is counted all the same", "[tokenhash]") {
  HashFixture f;
  f.Begin("wrong").reset();
  REQUIRE(RunUntil(f.loop, [&] { return !f.wrong.empty(); }));
  CHECK(f.verdicts.empty());
}

TEST_CASE("TokenHashCheck: so many tokens at a time, of one client and of all", "[tokenhash]") {
  HashFixture f;
  std::vector<std::unique_ptr<TokenHashCheck::Wait>> waits;
  const auto begin = [&](std::string_view client) {
    waits.push_back(f.Begin("wrong " + std::to_string(waits.size()), client));
    return waits.back() != nullptr;
  };
  for (size_t i = 0; i < kMaxTokensOfAddress; ++i) CHECK(begin("2001:db8::" + std::to_string(i)));
  CHECK_FALSE(begin("2001:db8::ffff"));
  for (size_t i = 0; i < kMaxDerivations + kMaxWaitingTokens - kMaxTokensOfAddress; ++i) {
    CHECK(begin("192.0.2." + std::to_string(i)));
  }
  CHECK_FALSE(begin("192.0.2.100"));
  CHECK(f.Begin("wrong 0", "192.0.2.100") != nullptr);
  REQUIRE(f.RunUntilVerdicts(kMaxDerivations + kMaxWaitingTokens));
  CHECK(begin("192.0.2.100"));
}

TEST_CASE("TokenHashCheck: waits may outlive it", "[tokenhash]") {
  HashFixture f;
  auto wait = f.Begin("right");
  f.check.reset();
  wait.reset();
  RunFor(f.loop, std::chrono::milliseconds(50));
  CHECK(f.verdicts.empty());
}
