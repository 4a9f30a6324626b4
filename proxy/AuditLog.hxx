// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/EventLoop.hxx"
#include "base/Worker.hxx"
#include "proxy/AuditRecord.hxx"

namespace lookout {

/**
 * Writes the audit trail (AUDIT_LOG): one JSON object a line (FormatAuditLine).
 *
 * Nothing here waits for the target. Records are written in their order by a thread of their own, usually within
 * a millisecond. While the target hangs (a network file system, a pipe nobody reads), up to kMaxQueue bytes are
 * kept and records beyond that dropped; when it refuses (disk full), what was to be written is dropped. The first
 * loss is logged as an error, and the number of lost records once writing works again. The destructor gives what
 * is left half a second.
 */
class AuditLog {
 public:
  static constexpr size_t kMaxQueue = 256 * 1024;

  /**
   * `target`: "" for none, "stdout", "stderr", or a path, opened for appending and created with mode 0600. Throws
   * when it cannot be opened.
   */
  AuditLog(EventLoop &loop, std::string target);
  ~AuditLog();
  AuditLog(const AuditLog &) = delete;
  AuditLog &operator=(const AuditLog &) = delete;

  bool IsEnabled() const { return sink_ != nullptr; }
  void Write(const AuditRecord &record);
  /** Opens a file anew (after rotation, SIGHUP); when that fails, the old one stays in use and an error is logged. */
  void Reopen();
  /** Records that are known to be lost, since the start. */
  uint64_t Lost() const { return lost_; }

 private:
  struct Sink;
  struct Batch;

  void StartBatch();
  void OnWritten();
  void NoteLoss(uint64_t records, std::string_view reason);

  std::string target_;
  std::shared_ptr<Sink> sink_;  // shared with the thread, which may hang in it for longer than we live
  std::string queue_;
  uint64_t queued_records_ = 0;
  bool reopen_ = false;
  std::shared_ptr<Batch> batch_;  // being written now
  uint64_t lost_ = 0;
  uint64_t lost_in_a_row_ = 0;
  Worker worker_;
  std::unique_ptr<WorkerTask> task_;
};

}  // namespace lookout
