// SPDX-License-Identifier: Apache-2.0
#include "proxy/AuditThrottle.hxx"

#include <utility>

namespace lookout {

void AuditThrottle::BeginWindow() {
  const TimePoint now = clock_.Now();
  if (now < window_end_) return;
  window_end_ = now + kWindow;
  actors_.clear();
  admitted_ = 0;
  suppressed_before_ += std::exchange(suppressed_, 0);
}

bool AuditThrottle::Admit(std::string_view actor) {
  BeginWindow();
  if (admitted_ < kMaxOfAll) {
    unsigned &count = actors_[std::string(actor)];
    if (count < kMaxOfActor) {
      ++count;
      ++admitted_;
      return true;
    }
  }
  ++suppressed_;
  return false;
}

uint64_t AuditThrottle::TakeSuppressed() {
  BeginWindow();
  return std::exchange(suppressed_before_, 0);
}

}  // namespace lookout
