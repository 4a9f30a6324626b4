// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "base/JsonValue.hxx"
#include "base/Result.hxx"
#include "tests/devhub/EventBus.hxx"
#include "tests/devhub/FrameOutlet.hxx"

namespace lookout::devhub {

/** The log requests and deletes of one agent that wait for an answer, and its live log streams. */
class LogTable {
 public:
  LogTable(EventLoop &loop, FrameOutlet &outlet, EventBus &bus, Duration timeout)
      : loop_(loop), outlet_(outlet), bus_(bus), timeout_(timeout) {}

  /**
   * `args`: container, and optionally tail, since, until, timestamps, follow, which go into the frame as they
   * are. Each returns its requestId; the answer comes as an event: logs, deleted, or failed after a time-out.
   */
  Result<std::string> RequestLogs(ClientId client, const JsonValue &args);
  Result<std::string> RequestDelete(ClientId client, const JsonValue &args);
  /** The same with stream:true; events log_chunk, then log_end or log_error. */
  std::string FollowLogs(ClientId client, const JsonValue &args);
  void CancelLogs(const std::string &request);

  void OnLogResponse(const JsonValue &data);
  void OnDeleteResponse(const JsonValue &data);
  void OnChunk(const JsonValue &data);
  void OnEnd(const JsonValue &data);
  void OnError(const JsonValue &data);
  /** The connection has gone: all fail. */
  void FailAll();

  size_t Pending() const { return pending_.size(); }
  size_t Live() const { return live_.size(); }

 private:
  struct Waiting {
    ClientId client;
    std::string container;
    std::unique_ptr<Timer> timer;
  };
  struct LiveLog {
    ClientId client;
    std::string container;
  };
  using PendingMap = std::map<std::string, Waiting>;

  std::string AddPending(ClientId client, const std::string &container);
  /** By requestId; without one, the oldest of that container. */
  PendingMap::iterator FindPending(const JsonValue &data);
  void Answer(const JsonValue &data, std::string_view event);
  void Forward(const JsonValue &data, std::string_view event, bool is_last);
  void EmitFailed(ClientId client, const std::string &request, std::string_view reason);

  EventLoop &loop_;
  FrameOutlet &outlet_;
  EventBus &bus_;
  const Duration timeout_;
  PendingMap pending_;  // UUIDv7 keys: in the order of their making
  std::map<std::string, LiveLog> live_;
};

}  // namespace lookout::devhub
