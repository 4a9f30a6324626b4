// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "base/JsonValue.hxx"
#include "tests/support/FakeClock.hxx"
#include "tests/support/ScriptedHandler.hxx"
#include "tunnel/TaskManager.hxx"

namespace lookout {

/** A frame of ours, taken apart; owns its text. */
struct SentFrame {
  explicit SentFrame(std::string source)
      : text(std::make_unique<std::string>(std::move(source))), json(ParseJson(*text).value()) {}
  const std::string &Type() const { return json["type"].AsString(); }
  const JsonValue &operator[](std::string_view key) const { return json["data"][key]; }

  std::unique_ptr<std::string> text;
  JsonValue json;
};

/** The work of one connection with a scripted engine behind it and nothing in front. */
class TaskFixture {
 public:
  TaskFixture() { Reset(); }

  void Reset(bool base64_bodies = false) {
    tasks.reset();
    TaskManager::Settings settings;
    settings.origin = {Origin::Transport::Tunnel, "wss://hub"};
    settings.base64_bodies = base64_bodies;
    settings.on_container_removed = [this](const std::string &id) { removed.push_back(id); };
    tasks.emplace(loop, engine, queue, std::move(settings));
  }

  /** A frame of the controller arrives. */
  void Receive(std::string_view text) {
    auto frame = ParseFrame(text);
    if (frame) {
      tasks->OnFrame(*frame);
    } else {
      tasks->OnBrokenFrame(frame.error());
    }
    Settle();
  }
  /** A frame with this data, in which ' stands for ". */
  void Receive(std::string_view type, std::string data) {
    for (char &c : data) c = c == '\'' ? '"' : c;
    Receive(std::string("{\"type\":\"").append(type).append("\",\"data\":{").append(data).append("}}"));
  }
  void Settle() {
    for (int i = 0; i < 4; ++i) {
      loop.Dispatch();
      loop.RunDeferred();
    }
  }
  void Advance(Duration step) {
    clock.Advance(step);
    Settle();
  }
  /** Everything that waits to be sent. */
  std::deque<SentFrame> Sent() {
    std::deque<SentFrame> frames;
    while (auto frame = queue.Pop()) frames.emplace_back(std::move(*frame));
    Settle();
    return frames;
  }
  ScriptedHandler::Call &Call(size_t index) { return *engine.calls.at(index); }
  ScriptedHandler::Call &LastCall() { return *engine.calls.back(); }

  FakeClock clock;
  EventLoop loop{clock};
  ScriptedHandler engine{loop};
  OutboundQueue queue{loop, 32 * 1024 * 1024, nullptr};
  std::vector<std::string> removed;
  std::optional<TaskManager> tasks;
};

}  // namespace lookout
