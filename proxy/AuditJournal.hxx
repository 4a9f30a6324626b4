// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/EventLoop.hxx"
#include "proxy/AuditLog.hxx"
#include "proxy/AuditRecord.hxx"
#include "proxy/AuditRing.hxx"
#include "proxy/AuditThrottle.hxx"

namespace lookout {

/**
 * Where every audit record goes: stamped with the time, kept in the ring, written to the log. Requests get theirs
 * through an AuditTrail; whatever else is worth a record adds it here:
 *
 *   AuditRecord record = MakeAuditRecord("auth_failure", request);
 *   record.outcome = "denied";
 *   record.reason = "bad_token";
 *   record.status = 401;
 *   journal.AddRefusal(std::move(record));
 */
class AuditJournal {
 public:
  /** `target` as for AuditLog, `buffered` as for AuditRing. Throws when the target cannot be opened. */
  AuditJournal(EventLoop &loop, std::string target, size_t buffered)
      : clock_(loop.GetClock()), log_(loop, std::move(target)), ring_(buffered), throttle_(clock_) {}

  /** Never blocks. */
  void Add(AuditRecord record);
  /**
   * The same for a client that has not proved who he is (auth_failure, rate_limited, a refused enrollment): such
   * records are limited in number, and a record "refusals_suppressed" tells how many were left out.
   */
  void AddRefusal(AuditRecord record);
  /** Whether anybody is there to read records. */
  bool IsEnabled() const { return log_.IsEnabled() || ring_.Capacity() > 0; }

  AuditLog &Log() { return log_; }
  const AuditLog &Log() const { return log_; }
  const AuditRing &Ring() const { return ring_; }

 private:
  void ReportSuppressed();
  void Store(AuditRecord record);

  const Clock &clock_;
  AuditLog log_;
  AuditRing ring_;
  AuditThrottle throttle_;
};

}  // namespace lookout
