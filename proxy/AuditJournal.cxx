// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditJournal.hxx"

#include <fmt/core.h>

namespace lookout {

void AuditJournal::Add(AuditRecord record) {
  if (!IsEnabled()) return;
  record.unix_millis = clock_.UnixMillis();
  BoundAuditRecord(record);
  log_.Write(record);
  ring_.Add(std::move(record));
}

void AuditJournal::AddRefusal(AuditRecord record) {
  const bool admitted = throttle_.Admit(record.actor);
  if (const uint64_t suppressed = throttle_.TakeSuppressed(); suppressed > 0) {
    AuditRecord summary;
    summary.event = "refusals_suppressed";
    summary.outcome = "denied";
    summary.reason = fmt::format("{} refusals were not recorded one by one", suppressed);
    Add(std::move(summary));
  }
  if (admitted) Add(std::move(record));
}

}  // namespace lookout
