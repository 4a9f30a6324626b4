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
    inventory.emplace(loop, engine, InventorySettings{}, static_cast<Inventory::Listener &>(*this));
    engine.Start();
    inventory->Start();
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
  std::optional<Inventory> inventory;
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
  for (const auto action : {"kill", "die", "stop", "exec_start: sh", "attach"}) SendEvent("a", action);
  CHECK(inspects["a"] == 1);
  Advance(1s);
  CHECK(Changes() == "~a ");
  CHECK(inspects["a"] == 2);
  CHECK(inspects["b"] == 1);
  SendEvent("b", "start");
  Advance(1s);
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
  Advance(10s);
  CHECK(Changes() == "~a ");
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

TEST_CASE("DockerEvents: reads the engine's lines", "[inventory]") {
  std::string time;
  const auto event = ParseDockerEvent(
      R"({"Type":"container","Action":"die","Actor":{"ID":"a","Attributes":{"name":"n"}},"timeNano":1700000000000000042})",
      &time);
  REQUIRE(event);
  CHECK(event->action == "die");
  CHECK(event->name == "n");
  CHECK(time == "1700000000.000000042");
  CHECK_FALSE(ParseDockerEvent("{}", &time));
  CHECK_FALSE(ParseDockerEvent("not json", &time));
}
