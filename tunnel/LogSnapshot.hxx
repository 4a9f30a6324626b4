// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "tunnel/ContainerLogReader.hxx"
#include "tunnel/MemoryClaim.hxx"
#include "tunnel/TunnelTask.hxx"

namespace lookout {

/**
 * A one-shot log: one `dd:container_log_response` with the text. Of a log that does not fit, the newest part
 * is kept, whole lines, behind a line that says so. A failure becomes the text "error: ..." (the controller
 * knows no other form).
 */
class LogSnapshot final : public TunnelTask, private ContainerLogReader::Handler {
 public:
  LogSnapshot(const TaskContext &context, const LogRequestFrame &frame);
  void Abort(std::string_view reason) override;

 private:
  void OnLogText(LogStreamKind kind, std::string_view bytes) override;
  Flow OnLogPause() override { return finished_ ? Flow::Wait : Flow::Go; }
  void OnLogEnd() override;
  void OnLogError(std::string message) override;

  void MakeRoom(size_t bytes);
  void FitToMessage();
  void BeginWithWholeLine();
  void Deliver(std::string_view suffix);

  const TaskContext context_;
  const std::string request_id_;
  const std::string container_id_;
  std::string text_;
  MemoryClaim memory_;
  size_t dropped_ = 0;
  bool finished_ = false;
  Timer follow_limit_;
  ContainerLogReader reader_;
};

}  // namespace lookout
