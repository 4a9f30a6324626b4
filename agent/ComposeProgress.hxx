// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "agent/ComposeResult.hxx"
#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * An answer that is written while a compose operation goes on: application/x-ndjson, for each line that the tool
 * writes {"stream":"stdout","text":"..."} or "stderr", and at the end {"success":true} with "error" if it failed.
 */
class ComposeProgress {
 public:
  /** Lines longer than this are told in pieces. */
  static constexpr size_t kMaxLine = 16 * 1024;

  ComposeProgress(EventLoop &loop, ResponseSink &sink) : sink_(sink), end_(loop, [this] { SendEnd(); }) {}

  /** From the loop only. Wait: no more until the sink is resumed. */
  Flow Add(bool is_error_stream, std::string_view bytes);
  /** The end is sent as soon as the sink takes it. */
  void End(const ComposeResult &result);
  /** The sink takes data again; never calls it at once. */
  void Resume();

 private:
  void Send(const std::string &line);
  void SendLine(bool is_error_stream, std::string_view text);
  void SendEnd();

  ResponseSink &sink_;
  bool begun_ = false;
  bool waits_ = false;
  std::array<std::string, 2> partial_;  // of standard output and of standard error
  std::optional<std::string> last_line_;
  Deferred end_;
};

}  // namespace lookout
