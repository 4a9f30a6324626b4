// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/core.h>

#include <catch2/catch.hpp>
#include <map>
#include <optional>
#include <string>

#include "agent/Inventory.hxx"
#include "proxy/DockerEngine.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/ScriptedHandler.hxx"

namespace lookout {

/** An engine with containers that a test sets, answering from memory; it counts what it is asked. */
class InventoryFixture {
 public:
  InventoryFixture() {
    script.on_call = [this](ScriptedHandler::Call &call) { Answer(call); };
  }

  void MakeInventory(const InventorySettings &settings = {}) {
    inventory.emplace(loop, engine, docker_events, settings);
  }
  void StartInventory() {
    docker_events.Start();
    inventory->Start();
  }
  void Settle() {
    for (int i = 0; i < 12; ++i) {
      loop.Dispatch();
      loop.RunDeferred();
    }
  }
  void Advance(Duration step) {
    clock.Advance(step);
    Settle();
  }
  void SetContainer(const std::string &id, const std::string &name, const std::string &state = "running") {
    containers[id] = fmt::format(
        R"({{"Id":"{}","Name":"/{}","Image":"sha256:img","Config":{{"Image":"app:1"}},"State":{{"Status":"{}"}}}})", id,
        name, state);
  }
  void PushEvent(const std::string &id, const std::string &action) {
    REQUIRE(events != nullptr);
    events->sink->OnData(
        fmt::format("{{\"Type\":\"container\",\"Action\":\"{}\",\"Actor\":{{\"ID\":\"{}\"}},\"timeNano\":{}}}\n",
                    action, id, next_event_time++));
  }
  void SendEvent(const std::string &id, const std::string &action) {
    PushEvent(id, action);
    Settle();
  }
  void LoseEvents() {
    REQUIRE(events != nullptr);
    ScriptedHandler::Call *const lost = std::exchange(events, nullptr);
    lost->sink->OnEnd();
    Settle();
  }

  FakeClock clock;
  EventLoop loop{clock};
  ScriptedHandler script{loop};
  DockerEngine engine{loop, script};
  DockerEvents docker_events{loop, engine};
  std::optional<Inventory> inventory;
  std::map<std::string, std::string> containers;
  ScriptedHandler::Call *events = nullptr;
  std::string events_target;
  int64_t next_event_time = 1700000000123456789;
  std::map<std::string, int> inspects;
  int lists = 0;
  int image_inspects = 0;
  bool inspect_fails = false;
  bool away = false;            // nothing answers
  bool refuses_events = false;  // as a socket proxy does
  bool image_breaks = false;
  /** Calls to this path are left to the test. */
  std::string held_path;
  ScriptedHandler::Call *held = nullptr;

 private:
  void Answer(ScriptedHandler::Call &call) {
    if (away) return call.sink->OnError({Failure::Kind::Unreachable, "no socket"});
    std::string path(call.request.head.Path());
    if (path.starts_with("/v")) path.erase(0, path.find('/', 1) == std::string::npos ? 0 : path.find('/', 1));
    if (path == held_path) {
      held = &call;
    } else if (path == "/events" && refuses_events) {
      call.Answer(403, "{}");
    } else if (path == "/events") {
      events = &call;
      events_target = call.request.head.target;
      call.Head(200, {});
    } else if (path == "/containers/json") {
      ++lists;
      call.Answer(200, List());
    } else if (path.starts_with("/containers/")) {
      const std::string id = path.substr(12, path.size() - 12 - 5);
      ++inspects[id];
      const auto found = containers.find(id);
      const int failure = inspect_fails ? 500 : 404;
      const bool answers = found != containers.end() && !inspect_fails;
      call.Answer(answers ? 200 : failure, answers ? found->second : "{}");
    } else if (path.starts_with("/images/")) {
      ++image_inspects;
      if (image_breaks) return call.sink->OnError({Failure::Kind::Broken, "the connection broke"});
      call.Answer(200, R"({"Architecture":"arm64","Os":"linux"})");
    } else {
      call.Answer(200, R"({"Version":"20.10.24","ApiVersion":"1.41","Os":"linux","Arch":"amd64"})");
    }
  }

  std::string List() const {
    std::string list = "[";
    for (const auto &[id, inspect] : containers) {
      list += fmt::format(R"({}{{"Id":"{}","State":"x","Status":"Up 5 minutes"}})", list.size() > 1 ? "," : "", id);
    }
    return list + "]";
  }
};

}  // namespace lookout
