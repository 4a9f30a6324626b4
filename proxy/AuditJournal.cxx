// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditJournal.hxx"

#include <fmt/core.h>

namespace lookout {

void AuditJournal::Add(AuditRecord record) {
  if (!IsEnabled()) return;
  ReportSuppressed();
  Store(std::move(record));
}

void AuditJournal::AddRefusal(AuditRecord record) {
  if (!IsEnabled()) return;
  const bool admitted = throttle_.Admit(record.actor);
  ReportSuppressed();
  if (admitted) Store(std::move(record));
}

void AuditJournal::ReportSuppressed() {
  const uint64_t suppressed = throttle_.TakeSuppressed();
  if (suppressed == 0) return;
  AuditRecord summary;
  summary.event = "refusals_suppressed";
  summary.outcome = "denied";
  summary.reason = fmt::format("{} refusals were not recorded one by one", suppressed);
  Store(std::move(summary));
}

void AuditJournal::Store(AuditRecord record) {
  record.unix_millis = clock_.UnixMillis();
  BoundAuditRecord(record);
  log_.Write(record);
  ring_.Add(std::move(record));
}

}  // namespace lookout
