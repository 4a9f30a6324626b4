// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>

#include "tunnel/ContainerLogReader.hxx"
#include "tunnel/TunnelTask.hxx"

namespace lookout {

/**
 * A live log: `dd:container_log_chunk` frames, then one `dd:container_log_end` or `dd:container_log_error`.
 * Chunks end between characters: the first bytes of a UTF-8 sequence wait for the rest, for stdout and stderr
 * apart. Lines that arrive together and belong to one of the two share a chunk.
 */
class LogStream final : public TunnelTask, private ContainerLogReader::Handler {
 public:
  LogStream(const TaskContext &context, const LogRequestFrame &frame);
  void Abort(std::string_view reason) override;

  const std::string &RequestId() const { return request_id_; }
  const std::string &ContainerId() const { return container_id_; }
  /** The viewer has gone: the engine is let go at once, and what was not sent is not sent any more. */
  void Cancel();

 private:
  void OnLogText(LogStreamKind kind, std::string_view bytes) override;
  Flow OnLogPause() override;
  void OnLogEnd() override;
  void OnLogError(std::string message) override;

  void Flush(bool everything);
  void FlushBoth();
  void SendChunk(std::string_view text);
  void Finish(std::string frame);

  const TaskContext context_;
  const std::string request_id_;
  const std::string container_id_;
  OutboundQueue::Lane lane_;
  LogStreamKind kind_ = LogStreamKind::Stdout;
  std::array<std::string, 2> gathered_;  // by kind
  Flow flow_ = Flow::Go;
  bool finished_ = false;
  std::optional<ContainerLogReader> reader_;
};

}  // namespace lookout
