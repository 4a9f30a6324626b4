// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/McpServer.hxx"
#include "base/EventLoop.hxx"

namespace lookout {

/**
 * The McpServer on two descriptors (its "stdio" transport): a message a line, answers in the order of the questions.
 * Nothing is read while one is being answered.
 */
class McpStdio {
 public:
  /** A longer line is answered with an error and passed over. */
  static constexpr size_t kMaxLine = size_t{1} << 20;

  /** Stops the loop at the end of the input, or when nobody reads the answers. The descriptors stay the caller's. */
  McpStdio(EventLoop &loop, const McpServer &server, int input, int output);

 private:
  void OnReadable();
  void WorkOnLines();
  void Continue();
  void OnAnswer(const std::optional<std::string> &answer);
  void WatchInput(bool on);

  EventLoop &loop_;
  const McpServer &server_;
  const int input_;
  const int output_;
  bool is_file_ = false;  // which a loop cannot watch, and which is always ready
  bool ended_ = false;
  bool answering_ = false;
  bool skipping_ = false;  // the rest of a line that was too long
  std::string lines_;
  std::unique_ptr<AnswerWork> work_;
  FdEvent event_;
  Deferred next_;
};

}  // namespace lookout
