// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <atomic>
#include <thread>

#include "tests/support/FakeClock.hxx"
#include "tests/support/RunLoop.hxx"
#include "tunnel/Resolver.hxx"

using namespace lookout;

namespace {

using Addresses = std::vector<SocketAddress>;

Addresses Make(std::initializer_list<const char *> hosts) {
  Addresses addresses;
  for (const auto *const host : hosts) addresses.push_back(ParseSocketAddress(host, 443).value());
  return addresses;
}

std::string Text(const Addresses &addresses) {
  std::string text;
  for (const auto &address : addresses) text += address.ToString() + " ";
  return text;
}

/** One query and what came of it. */
struct Asked {
  Asked(Resolver &resolver, const std::string &host)
      : query(resolver.Resolve(host, 443, [this](Result<Addresses> found) {
          ++calls;
          text = found ? Text(*found) : found.error().message;
        })) {}

  int calls = 0;
  std::string text;
  std::unique_ptr<ResolverQuery> query;
};

/** Blocks look-ups until it is told to let them go, or is destroyed. */
struct Gate {
  ~Gate() { Open(); }
  void Open() { *open = true; }
  SystemResolver::Lookup Lookup() {
    return [state = open, count = entered](const std::string &, uint16_t) -> Result<Addresses> {
      ++*count;
      while (!*state) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      return Make({"192.0.2.1"});
    };
  }

  std::shared_ptr<std::atomic<bool>> open = std::make_shared<std::atomic<bool>>(false);
  std::shared_ptr<std::atomic<int>> entered = std::make_shared<std::atomic<int>>(0);
};

}  // namespace

TEST_CASE("Resolver: lets the families alternate, IPv6 first", "[tunnel]") {
  CHECK(Text(InterleaveFamilies(Make({"192.0.2.1", "192.0.2.2", "2001:db8::1", "192.0.2.1", "2001:db8::2"}))) ==
        "[2001:db8::1]:443 192.0.2.1:443 [2001:db8::2]:443 192.0.2.2:443 ");
  CHECK(InterleaveFamilies({}).empty());
  Addresses many;
  for (int i = 0; i < 300; ++i) many.push_back(ParseSocketAddress("192.0.2." + std::to_string(i % 250), 1).value());
  CHECK(InterleaveFamilies(many).size() == 8);
}

TEST_CASE("Resolver: takes a literal without a look-up, but never answers from inside", "[tunnel]") {
  const SystemClock clock;
  EventLoop loop(clock);
  SystemResolver resolver(loop, [](const std::string &, uint16_t) -> Result<Addresses> { return Fail("looked up"); });
  Asked ipv4(resolver, "192.0.2.1");
  Asked ipv6(resolver, "2001:db8::1");
  CHECK(ipv4.calls == 0);
  REQUIRE(RunUntil(loop, [&] { return ipv4.calls + ipv6.calls == 2; }));
  CHECK(ipv4.text == "192.0.2.1:443 ");
  CHECK(ipv6.text == "[2001:db8::1]:443 ");
}

TEST_CASE("Resolver: asks the system", "[tunnel]") {
  const SystemClock clock;
  EventLoop loop(clock);
  SystemResolver resolver(loop);
  Asked good(resolver, "localhost");
  Asked bad(resolver, "no-such-name.invalid");
  REQUIRE(RunUntil(loop, [&] { return good.calls + bad.calls == 2; }));
  CHECK_THAT(good.text, Catch::Contains("127.0.0.1:443") || Catch::Contains("[::1]:443"));
  CHECK_THAT(bad.text, Catch::StartsWith("cannot look up \"no-such-name.invalid\": "));
}

TEST_CASE("Resolver: an answer without addresses is an error", "[tunnel]") {
  const SystemClock clock;
  EventLoop loop(clock);
  SystemResolver resolver(loop, [](const std::string &, uint16_t) -> Result<Addresses> { return Addresses(); });
  Asked asked(resolver, "hub");
  REQUIRE(RunUntil(loop, [&] { return asked.calls == 1; }));
  CHECK(asked.text == "\"hub\" has no IPv4 or IPv6 address");
}

TEST_CASE("Resolver: gives up on a look-up that hangs, and on new ones while all threads do", "[tunnel]") {
  Gate gate;
  FakeClock clock;
  EventLoop loop(clock);
  SystemResolver resolver(loop, gate.Lookup());
  Asked first(resolver, "one");
  Asked second(resolver, "two");
  REQUIRE(RunUntil(loop, [&] { return *gate.entered == 2; }));
  clock.Advance(std::chrono::milliseconds(4900));
  loop.Dispatch();
  CHECK(first.calls + second.calls == 0);
  clock.Advance(std::chrono::milliseconds(200));
  loop.Dispatch();
  CHECK(first.calls == 1);
  CHECK(second.calls == 1);
  CHECK_THAT(first.text, Catch::Contains("\"one\"") && Catch::Contains("no answer within 5 s"));

  Asked third(resolver, "three");
  REQUIRE(RunUntil(loop, [&] { return third.calls == 1; }));
  CHECK_THAT(third.text, Catch::Contains("earlier look-ups still hang"));

  gate.Open();
  std::string text;
  REQUIRE(RunUntil(loop, [&] {
    Asked again(resolver, "four");
    RunUntil(loop, [&] { return again.calls == 1; });
    text = again.text;
    return text == "192.0.2.1:443 ";
  }));
  CHECK(first.calls == 1);
}

TEST_CASE("Resolver: a query that is gone is not answered", "[tunnel]") {
  Gate gate;
  const SystemClock clock;
  EventLoop loop(clock);
  int calls = 0;
  SystemResolver resolver(loop, gate.Lookup());
  auto query = resolver.Resolve("hub", 443, [&](const Result<Addresses> &) { ++calls; });
  query.reset();
  gate.Open();
  RunFor(loop, std::chrono::milliseconds(50));
  CHECK(calls == 0);
}
