// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy/AgentRoutes.hxx"
#include "proxy/AuditRing.hxx"
#include "proxy/GetRoute.hxx"

namespace lookout {

/** The most records in one answer, so that making it takes milliseconds, not more; a collector comes again. */
inline constexpr uint64_t kMaxAuditAnswer = 10'000;

/** How often the ring was asked. */
struct AuditReads {
  uint64_t succeeded = 0;
  uint64_t failed = 0;
};

/**
 * The latest records, newest first: {"records":[...],"count":N}. `limit` caps their number; anything but a positive
 * integer means all, up to kMaxAuditAnswer.
 */
class AuditListRoute final : public GetRoute {
 public:
  AuditListRoute(EventLoop &loop, const AuditRing &ring, AuditReads &reads)
      : GetRoute(loop), ring_(ring), reads_(reads) {}

 private:
  std::unique_ptr<Work> Begin(const RequestHead &head, Respond respond) override;

  const AuditRing &ring_;
  AuditReads &reads_;
};

/**
 * Records one a line (NDJSON), oldest first, for a collector that comes again: those after `cursor`, at most `limit`
 * and kMaxAuditAnswer of them. Headers tell the oldest, the latest and the next cursor, the number of records, and the
 * generation, which is another one after a restart. 409 when records after `cursor` are gone already, or when it is
 * ahead of all there are. (docs/listener.md)
 */
class AuditExportRoute final : public GetRoute {
 public:
  AuditExportRoute(EventLoop &loop, const AuditRing &ring, AuditReads &reads)
      : GetRoute(loop), ring_(ring), reads_(reads) {}

 private:
  std::unique_ptr<Work> Begin(const RequestHead &head, Respond respond) override;

  const AuditRing &ring_;
  AuditReads &reads_;
};

/** Both as they are reached: audit and audit/export under the agent's prefix. */
class AuditRoutes {
 public:
  AuditRoutes(EventLoop &loop, const AuditRing &ring) : list_(loop, ring, reads_), export_(loop, ring, reads_) {}

  void AddTo(AgentRoutes &agent);
  /** The export alone, where nobody has to prove who he is. */
  void AddExportTo(AgentRoutes &agent);
  const AuditReads &Reads() const { return reads_; }

 private:
  AuditReads reads_;
  AuditListRoute list_;
  AuditExportRoute export_;
};

}  // namespace lookout
