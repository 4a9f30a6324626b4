// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string_view>

#include "base/JsonValue.hxx"
#include "base/Result.hxx"
#include "tests/devhub/EventBus.hxx"
#include "tests/devhub/Load.hxx"

namespace lookout::devhub {

/** The loads of one session. */
class LoadTable {
 public:
  LoadTable(EventLoop &loop, FrameOutlet &outlet, EventBus &bus, std::function<void(std::string_view)> send);

  /** Arguments as in ControlCommands.hxx; returns what the events call it. */
  Result<std::string> Start(ClientId client, const JsonValue &args);
  void Stop(std::string_view name);
  /** False for a frame that belongs to no load. */
  bool Take(std::string_view message);
  /** The session has ended. */
  void FailAll();

 private:
  struct Entry {
    ClientId client;
    std::unique_ptr<Load> load;
  };
  void Finish(uint64_t number, const std::string &report);

  EventLoop &loop_;
  FrameOutlet &outlet_;
  EventBus &bus_;
  const std::function<void(std::string_view)> send_;
  uint64_t last_ = 0;
  std::map<uint64_t, Entry> loads_;
  std::set<uint64_t> finished_;
  Deferred sweep_;
};

}  // namespace lookout::devhub
