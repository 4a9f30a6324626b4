// SPDX-License-Identifier: Apache-2.0
#include "base/ListenerList.hxx"

#include <catch2/catch.hpp>
#include <functional>
#include <string>
#include <utility>

using namespace lookout;

namespace {

struct Listener {
  std::string name;
  std::function<void()> on_call;
};

/** Tells all of them once; the names of those who heard it. */
std::string Tell(ListenerList<Listener> &list) {
  std::string heard;
  list.Tell([&](const Listener &listener) {
    heard += listener.name;
    if (listener.on_call) listener.on_call();
  });
  return heard;
}

}  // namespace

TEST_CASE("ListenerList: tells everybody in order, until they are removed", "[listeners]") {
  ListenerList<Listener> list;
  Listener a{"a", {}};
  Listener b{"b", {}};
  CHECK(list.IsEmpty());
  list.Add(a);
  list.Add(b);
  CHECK(Tell(list) == "ab");
  list.Remove(a);
  CHECK(Tell(list) == "b");
  list.Remove(b);
  CHECK(list.IsEmpty());
  CHECK(Tell(list).empty());
}

TEST_CASE("ListenerList: may change while it is being told", "[listeners]") {
  ListenerList<Listener> list;
  Listener a{"a", {}};
  Listener b{"b", {}};
  Listener c{"c", {}};
  bool done = false;
  list.Add(a);
  list.Add(b);
  SECTION("one that goes later in the same round is not called") {
    a.on_call = [&] { list.Remove(b); };
    CHECK(Tell(list) == "a");
  }
  SECTION("one that removes itself does not cost the next its turn") {
    a.on_call = [&] { list.Remove(a); };
    CHECK(Tell(list) == "ab");
    CHECK(Tell(list) == "b");
  }
  SECTION("one that comes is called from the next round on") {
    a.on_call = [&] {
      if (!std::exchange(done, true)) list.Add(c);
    };
    CHECK(Tell(list) == "ab");
    CHECK(Tell(list) == "abc");
  }
  SECTION("a round inside a round") {
    a.on_call = [&] {
      if (std::exchange(done, true)) return;
      list.Remove(b);
      CHECK(Tell(list) == "a");
    };
    CHECK(Tell(list) == "a");
    CHECK(Tell(list) == "a");
  }
}
