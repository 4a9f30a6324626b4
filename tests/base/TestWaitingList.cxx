// SPDX-License-Identifier: Apache-2.0
#include "base/WaitingList.hxx"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

using namespace lookout;

namespace {

using Waiter = WaitingList::Waiter;

}  // namespace

TEST_CASE("WaitingList: calls each once, in order", "[base]") {
  WaitingList list;
  std::string calls;
  const Waiter a(list, [&] { calls += "a"; });
  const Waiter b(list, [&] { calls += "b"; });
  list.Release();
  CHECK(calls == "ab");
  list.Release();
  CHECK(calls == "ab");
}

TEST_CASE("WaitingList: one that has gone is not called", "[base]") {
  WaitingList list;
  std::string calls;
  auto b = std::make_unique<Waiter>(list, [&] { calls += "b"; });
  SECTION("before") {
    b.reset();
  }
  SECTION("in the call of another") {
    b.reset();
    auto c = std::make_unique<Waiter>(list, [] {});
    const Waiter killer(list, [&] { calls += "k"; });
    c = nullptr;
    std::unique_ptr<Waiter> victim;
    const Waiter first(list, [&] { victim.reset(); });
    victim = std::make_unique<Waiter>(list, [&] { calls += "v"; });
    list.Release();
    CHECK(calls == "k");
    calls.clear();
  }
  list.Release();
  CHECK(calls.empty());
}

TEST_CASE("WaitingList: one that comes during the calls waits for the next answer", "[base]") {
  WaitingList list;
  int late = 0;
  std::unique_ptr<Waiter> next;
  const Waiter first(list, [&] { next = std::make_unique<Waiter>(list, [&] { ++late; }); });
  list.Release();
  CHECK(late == 0);
  list.Release();
  CHECK(late == 1);
}
