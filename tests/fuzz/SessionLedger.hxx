// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "base/JsonValue.hxx"
#include "tests/fuzz/ScriptedEngine.hxx"
#include "tunnel/FrameCodec.hxx"

namespace lookout {

/**
 * What a controller has asked for on one connection and what it got, frame by frame; ends the process when that is
 * more, less or something else than docs/protocol.md promises.
 */
class SessionLedger {
 public:
  SessionLedger(ScriptedEngine &engine, bool drydock_frames) : engine_(engine), drydock_frames_(drydock_frames) {}

  /** A message of the controller reaches a session that is ready. */
  void OnDelivered(std::string_view message);
  /** A message of the agent has been taken. */
  void OnSent(std::string_view message);
  /** No answer is owed. */
  void RequireSettled() const;
  /** What was put in for execs has arrived, as far as they are still open and take it. */
  void RequireInputArrived();

 private:
  struct Due {
    size_t at_least = 0;
    size_t at_most = 0;
    size_t got = 0;
  };
  struct Received {
    std::string out;
    std::string err;
    bool is_open = false;
  };

  void Expect(const std::string &kind, const std::string &id);
  void ExpectForBroken(const FrameError &error);
  /** The one answer to what was asked. */
  void Settle(const std::string &kind, const std::string &id);
  /** Asked for once under this id, so that it is known what the answer must be. */
  bool IsUnique(const std::string &id) const;

  void OnRequestFrame(const std::string &type, const JsonValue &data);
  void OnWholeResponse(const std::string &id, const JsonValue &data);
  void OnRequestError(const std::string &id, const std::string &message);
  void OnExecFrame(const std::string &type, const JsonValue &data);
  void OnLogFrame(const std::string &type, const JsonValue &data);
  void OnLogEnd(const std::string &id, bool is_whole);
  void OnPong(const JsonValue &data);

  ScriptedEngine &engine_;
  const bool drydock_frames_;
  std::map<std::pair<std::string, std::string>, Due> due_;
  std::map<std::string, size_t> uses_;  // of each id
  std::map<std::string, Received> received_;
  std::map<std::string, std::string> input_;  // by exec
  std::set<std::string> let_go_;              // execs that the controller ended, or spoiled
  std::deque<std::string> pings_;
};

}  // namespace lookout
