// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/fuzz/ByteScript.hxx"
#include "tests/support/ScriptedHandler.hxx"

namespace lookout {

/**
 * A Docker engine behind a session that answers fast, slowly, in pieces, wrongly, without an end or not at all, as a
 * script says, and keeps to the contract of proxy/Exchange.hxx. It remembers what it gave.
 */
class ScriptedEngine {
 public:
  /** What was given as the answer to what the controller named with one id. */
  struct Given {
    int status = 0;
    std::string out;
    std::string err;  // of a log
    bool is_whole = false;
    bool is_silent = false;  // a log that does not say whether it is multiplexed
  };

  explicit ScriptedEngine(EventLoop &loop) : handler_(loop) {}

  RequestHandler &Handler() { return handler_; }
  /** One thing happens to one of the calls that are open, if any is. */
  void Act(ByteScript &script);
  /** Begins good answers where none has begun, and takes input again; false when there was nothing to do. */
  bool AnswerAll();
  /** Ends every answer that may end; false when there was none. */
  bool EndAll();
  size_t OpenCalls() const;
  const Given &For(const std::string &id) const;
  /** What came in for an exec that is open; nullptr for any other. */
  const std::string *InputFor(const std::string &exec_id);
  /** Whether the agent could know how this log must be read. */
  bool IsSure(const std::string &id) const { return inspects_are_good_ || !For(id).is_silent; }

 private:
  using Call = ScriptedHandler::Call;
  struct Progress {
    bool has_head = false;
    bool is_over = false;
    bool is_multiplexed = false;
    bool is_truncated = false;  // a record was begun that will not be completed
    bool waits = false;
    unsigned resumed = 0;
  };

  bool IsOpen(size_t index) const;
  bool IsHeldBack(size_t index) const;
  bool MayGive(size_t index) const;
  bool IsOwnCall(const Call &call) const;
  Given &GivenFor(const Call &call);

  void Head(size_t index, int status, size_t log_form);
  void Give(size_t index, size_t size, size_t cut);
  void GiveLog(size_t index, std::string_view payload, size_t cut);
  void Push(size_t index, std::string_view bytes);
  void End(size_t index);
  void Break(size_t index);
  void Drain(size_t index);
  void AnswerOwnCall(size_t index, size_t how);
  void AnswerJson(size_t index, std::string_view json);
  void Answer(size_t index, int status, std::string_view body);

  ScriptedHandler handler_;
  std::vector<Progress> progress_;  // of each call of the handler
  std::map<std::string, Given> given_;
  bool inspects_are_good_ = true;
  size_t budget_ = 2 * 1024 * 1024;  // bytes that one play may move
};

}  // namespace lookout
