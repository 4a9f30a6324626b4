// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "base/JsonValue.hxx"
#include "base/Result.hxx"
#include "tests/devhub/EventBus.hxx"
#include "tests/devhub/FrameOutlet.hxx"

namespace lookout::devhub {

/** The exec sessions of one agent, each reported to the user of the control socket who began it. */
class ExecTable {
 public:
  ExecTable(FrameOutlet &outlet, EventBus &bus, size_t limit) : outlet_(outlet), bus_(bus), limit_(limit) {}

  /** `args`: container, argv[], and optionally exec (an id of one's own), user, cols, rows, tty. */
  Result<std::string> Start(ClientId client, const JsonValue &args);
  void Input(const std::string &exec, const std::string &base64);
  void Resize(const std::string &exec, int64_t cols, int64_t rows);
  void End(const std::string &exec);

  void OnReady(const JsonValue &data);
  void OnOutput(const JsonValue &data);
  void OnEnd(const JsonValue &data);
  /** The connection has gone: all end. */
  void EndAll();
  size_t Size() const { return execs_.size(); }

 private:
  void Report(const std::string &exec, std::string_view event, std::string_view key, std::string_view value);

  FrameOutlet &outlet_;
  EventBus &bus_;
  const size_t limit_;
  std::map<std::string, ClientId> execs_;
};

}  // namespace lookout::devhub
