// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proxy/AuditRecord.hxx"

namespace lookout {

/**
 * The latest audit records, for clients that ask. Each gets a cursor: 1, 2, 3, ... from the start of the process;
 * when the ring is full, the oldest makes room. Memory grows with the records, up to `capacity` of them.
 */
class AuditRing {
 public:
  /** 0 keeps nothing, and no record gets a cursor. */
  explicit AuditRing(size_t capacity);

  void Add(AuditRecord record);

  size_t Capacity() const { return capacity_; }
  size_t Size() const { return records_.size(); }
  /** Of the oldest and of the latest record that are kept; 0 while there is none. */
  uint64_t Oldest() const { return records_.empty() ? 0 : latest_ - records_.size() + 1; }
  uint64_t Latest() const { return latest_; }
  /** From Oldest() to Latest(). */
  const AuditRecord &Get(uint64_t cursor) const { return records_[(cursor - 1) % capacity_]; }
  /** A random text that is another one after a restart, when cursors begin anew. */
  const std::string &Generation() const { return generation_; }

 private:
  const size_t capacity_;
  const std::string generation_;
  std::vector<AuditRecord> records_;  // the one with cursor N is at (N - 1) % capacity_
  uint64_t latest_ = 0;
};

}  // namespace lookout
