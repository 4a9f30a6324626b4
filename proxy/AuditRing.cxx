// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditRing.hxx"

#include "auth/Nonce.hxx"

namespace lookout {

AuditRing::AuditRing(size_t capacity) : capacity_(capacity), generation_(MakeNonce().substr(0, 16)) {}

void AuditRing::Add(AuditRecord record) {
  if (capacity_ == 0) return;
  ++latest_;
  if (records_.size() < capacity_) {
    records_.push_back(std::move(record));
  } else {
    records_[(latest_ - 1) % capacity_] = std::move(record);
  }
}

}  // namespace lookout
