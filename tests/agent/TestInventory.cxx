// SPDX-License-Identifier: Apache-2.0
#include "agent/Inventory.hxx"

#include <catch2/catch.hpp>

#include "tests/agent/InventoryFixture.hxx"

using namespace lookout;
using namespace std::chrono_literals;

namespace {

class Fixture : public InventoryFixture, public Inventory::Listener {
 public:
  void Start() {
    MakeInventory();
    inventory->AddListener(*this);
    engine.Start();
    StartInventory();
    Settle();
  }
  std::string Changes() { return std::exchange(changes, {}); }

  void OnInventoryReady() override { changes += "ready "; }
  void OnContainerAdded(const std::string &id) override { changes += "+" + id + " "; }
  void OnContainerUpdated(const std::string &id) override { changes += "~" + id + " "; }
  void OnContainerRemoved(const std::string &id, const std::string &name) override {
    changes += "-" + id + "(" + name + ") ";
  }

  std::string changes;
};

}  // namespace

TEST_CASE_METHOD(Fixture, "Inventory: everything at the start, an image once", "[inventory]") {
  for (int i = 0; i < 20; ++i) SetContainer("c" + std::to_string(i), "n");
  Start();
  CHECK(inventory->IsReady());
  CHECK(inventory->Containers().size() == 20);
  CHECK(Changes().ends_with("ready "));
  CHECK(image_inspects <= 8);
  CHECK(inventory->Containers().at("c3").json.find("\"architecture\":\"arm64\"") != std::string::npos);
}

TEST_CASE_METHOD(Fixture, "Inventory: no containers at all is an inventory, too", "[inventory]") {
  Start();
  CHECK(Changes() == "ready ");
}

TEST_CASE_METHOD(Fixture, "Inventory: events are gathered, and only what they touch is looked at", "[inventory]") {
  SetContainer("a", "one");
  SetContainer("b", "two");
  Start();
  Changes();
  SetContainer("a", "one", "exited");
  for (const auto action : {"kill", "die", "stop"}) SendEvent("a", action);
  CHECK(inspects["a"] == 1);
  Advance(1s);
  CHECK(Changes() == "~a ");
  CHECK(inspects["a"] == 2);
  CHECK(inspects["b"] == 1);
  for (const auto action : {"exec_create: sh", "exec_start: sh", "exec_die", "attach", "top"}) SendEvent("b", action);
  Advance(1s);
  CHECK(inspects["b"] == 1);
  SendEvent("b", "start");
  Advance(1s);
  CHECK(inspects["b"] == 2);
  CHECK(Changes().empty());
}

TEST_CASE_METHOD(Fixture, "Inventory: a rename, a health change, a new container, a removal", "[inventory]") {
  SetContainer("a", "one");
  Start();
  Changes();
  SetContainer("a", "renamed");
  SendEvent("a", "rename");
  Advance(1s);
  CHECK(Changes() == "~a ");
  containers["a"].insert(containers["a"].find("\"Status\""), R"("Health":{"Status":"unhealthy"},)");
  SendEvent("a", "health_status: unhealthy");
  Advance(1s);
  CHECK(Changes() == "~a ");
  SetContainer("b", "two");
  SendEvent("b", "create");
  Advance(1s);
  CHECK(Changes() == "+b ");
  containers.erase("a");
  SendEvent("a", "destroy");
  CHECK(Changes() == "-a(renamed) ");
}

TEST_CASE_METHOD(Fixture, "Inventory: a look that fails removes nothing, and is repeated", "[inventory]") {
  SetContainer("a", "one");
  Start();
  Changes();
  inspect_fails = true;
  SendEvent("a", "restart");
  Advance(1s);
  CHECK(Changes().empty());
  CHECK(inventory->Containers().size() == 1);
  inspect_fails = false;
  SetContainer("a", "one", "paused");
  Advance(5s);
  CHECK(Changes() == "~a ");
}

TEST_CASE_METHOD(Fixture, "Inventory: is not known before a look that failed was repeated", "[inventory]") {
  SetContainer("a", "one");
  inspect_fails = true;
  Start();
  CHECK_FALSE(inventory->IsReady());
  SECTION("and succeeds") {
    inspect_fails = false;
    Advance(5s);
    CHECK(Changes() == "+a ready ");
  }
  SECTION("or fails again: one container holds up the others no longer") {
    Advance(5s);
    CHECK(Changes() == "ready ");
    inspect_fails = false;
    Advance(5s);
    CHECK(Changes() == "+a ");
  }
}

TEST_CASE_METHOD(Fixture, "Inventory: an engine that goes in the middle is no end of the list", "[inventory]") {
  SetContainer("a", "one");
  SetContainer("b", "two");
  held_path = "/containers/a/json";
  Start();
  CHECK(Changes() == "+b ");
  away = true;
  held->sink->OnError({Failure::Kind::Unreachable, "no socket"});
  for (int i = 0; i < 20; ++i) Advance(5s);
  CHECK_FALSE(inventory->IsReady());
  away = false;
  held_path.clear();
  for (int i = 0; i < 20; ++i) Advance(1s);
  CHECK(Changes() == "+a ready ");
}

TEST_CASE_METHOD(Fixture, "Inventory: a look under way when a container goes does not bring it back", "[inventory]") {
  SetContainer("a", "one");
  Start();
  Changes();
  held_path = "/containers/a/json";
  SendEvent("a", "die");
  Advance(1s);
  REQUIRE(held != nullptr);
  SendEvent("a", "destroy");
  CHECK(Changes() == "-a(one) ");
  CHECK(held->gone);
}

TEST_CASE_METHOD(Fixture, "Inventory: a list older than a container does not remove it", "[inventory]") {
  Start();
  Changes();
  held_path = "/containers/json";
  inventory->SetRefreshInterval(60s);
  Advance(60s);
  REQUIRE(held != nullptr);
  SetContainer("new", "one");
  SendEvent("new", "start");
  Advance(1s);
  CHECK(Changes() == "+new ");
  held->Answer(200, "[]");
  Settle();
  CHECK(Changes().empty());
  CHECK(inventory->Containers().size() == 1);
}

TEST_CASE_METHOD(Fixture, "Inventory: after a restart of the engine all is looked at, the same list or not",
                 "[inventory]") {
  SetContainer("a", "one");
  Start();
  Changes();
  LoseEvents();
  containers["a"].insert(containers["a"].find("\"Status\""), R"("StartedAt":"2026-01-01T00:00:00Z",)");
  Advance(2s);
  Advance(2s);
  CHECK(Changes() == "~a ");
}

TEST_CASE_METHOD(Fixture, "Inventory: a list that cannot be read is asked for again soon", "[inventory]") {
  held_path = "/containers/json";
  SetContainer("a", "one");
  Start();
  for (const auto *const nonsense : {"nonsense", "{}"}) {
    REQUIRE(held != nullptr);
    std::exchange(held, nullptr)->Answer(200, nonsense);
    Settle();
    Advance(4s);
    CHECK(held == nullptr);
    Advance(1s);
  }
  CHECK(Changes().empty());
  REQUIRE(held != nullptr);
  held->Answer(200, R"([{"Id":"a"}])");
  Settle();
  CHECK(Changes() == "+a ready ");
}

TEST_CASE_METHOD(Fixture, "Inventory: an engine that gives no events is asked at intervals", "[inventory]") {
  refuses_events = true;
  SetContainer("a", "one");
  Start();
  CHECK(Changes() == "+a ready ");
  SetContainer("b", "two");
  Advance(300s);
  CHECK(Changes() == "+b ");
}

TEST_CASE_METHOD(Fixture, "Inventory: an image that could not be asked for is no change", "[inventory]") {
  SetContainer("a", "one");
  Start();
  Changes();
  events->sink->OnData("{\"Type\":\"image\",\"Action\":\"tag\",\"Actor\":{\"ID\":\"sha256:img\"}}\n");
  image_breaks = true;
  SendEvent("a", "update");
  Advance(1s);
  CHECK(Changes().empty());
  CHECK(image_inspects == 2);
}

TEST_CASE_METHOD(Fixture, "Inventory: a container that went before it could be looked at is not there", "[inventory]") {
  Start();
  Changes();
  SendEvent("ghost", "create");
  Advance(1s);
  CHECK(Changes().empty());
  CHECK(inspects["ghost"] == 1);
}

TEST_CASE_METHOD(Fixture, "Inventory: what a gap in the events hid is found afterwards", "[inventory]") {
  SetContainer("a", "one");
  SetContainer("b", "two");
  Start();
  SendEvent("b", "exec_die");
  Changes();
  LoseEvents();
  CHECK(inventory->Containers().size() == 2);
  containers.erase("a");
  SetContainer("c", "three");
  Advance(2s);
  Advance(2s);
  REQUIRE(events != nullptr);
  CHECK(events_target.find("since=1700000000.123456789") != std::string::npos);
  CHECK(Changes() == "-a(one) +c ");
}

TEST_CASE_METHOD(Fixture, "Inventory: the periodic look finds what no event told", "[inventory]") {
  SetContainer("a", "one");
  Start();
  Changes();
  inventory->SetRefreshInterval(60s);
  SetContainer("b", "two");
  Advance(60s);
  CHECK(Changes() == "+b ");
  CHECK(inspects["a"] == 1);
}

TEST_CASE_METHOD(Fixture, "Inventory: a removal on the controller's behalf is told at once, and once", "[inventory]") {
  SetContainer("a", "one");
  Start();
  Changes();
  containers.erase("a");
  inventory->Forget("one");
  CHECK(Changes() == "-a(one) ");
  SendEvent("a", "destroy");
  inventory->Forget("unheard of");
  CHECK(Changes().empty());
}

TEST_CASE_METHOD(Fixture, "Inventory: tells all of several listeners, and a gone one no more", "[inventory]") {
  struct Other final : Inventory::Listener {
    void OnInventoryReady() override { ++calls; }
    void OnContainerAdded(const std::string &) override { ++calls; }
    void OnContainerUpdated(const std::string &) override { ++calls; }
    void OnContainerRemoved(const std::string &, const std::string &) override { ++calls; }
    int calls = 0;
  };
  Other other;
  SetContainer("a", "one");
  Start();
  CHECK(Changes() == "+a ready ");
  inventory->AddListener(other);
  inventory->Forget("a");
  CHECK(Changes() == "-a(one) ");
  CHECK(other.calls == 1);
  inventory->RemoveListener(other);
  SendEvent("a", "start");
  Advance(1s);
  CHECK(Changes() == "+a ");
  CHECK(other.calls == 1);
}

TEST_CASE("DockerEvents: reads the engine's lines", "[inventory]") {
  const auto event = ParseDockerEvent(
      R"({"Type":"container","Action":"die","Actor":{"ID":"a","Attributes":{"name":"n"}},"timeNano":1700000000000000042})");
  REQUIRE(event);
  CHECK(event->action == "die");
  CHECK(event->Attribute("name") == "n");
  CHECK(event->Attribute("image").empty());
  CHECK(event->time == "1700000000.000000042");
  CHECK(event->unix_seconds == 1700000000);
  CHECK_FALSE(ParseDockerEvent("{}"));
  CHECK_FALSE(ParseDockerEvent("not json"));
}

TEST_CASE_METHOD(Fixture, "DockerEvents: an engine that ends its stream again and again is asked less and less",
                 "[inventory]") {
  Start();
  int streams = 0;
  for (int i = 0; i < 120; ++i) {
    if (events != nullptr) {
      ++streams;
      LoseEvents();
    }
    Advance(500ms);
  }
  CHECK(streams >= 4);
  CHECK(streams <= 8);
  // The pauses are random, within bounds.
  for (int i = 0; i < 120 && events == nullptr; ++i) Advance(500ms);
  Advance(30s);
  SECTION("but at once when it has been away") {
    away = true;
    LoseEvents();
    Advance(500ms);
    CHECK_FALSE(engine.IsUp());
    away = false;
    Advance(500ms);
    CHECK(events != nullptr);
  }
  SECTION("and also when its stream ends only after it was found to be away") {
    away = true;
    engine.Recheck();
    Advance(500ms);
    CHECK_FALSE(engine.IsUp());
    LoseEvents();
    Advance(10s);
    away = false;
    engine.Recheck();
    Advance(500ms);
    CHECK(engine.IsUp());
    CHECK(events != nullptr);
  }
}
