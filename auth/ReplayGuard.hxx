// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/Clock.hxx"

namespace lookout {

/**
 * Remembers the nonces of accepted signatures, so that none is accepted twice.
 *
 * A signature dated at the far edge of the permitted skew stays acceptable for twice that skew, so entries are
 * kept that long. When the guard is full it refuses: forgetting an entry early would open the door to a replay.
 */
class ReplayGuard {
 public:
  enum class Verdict {
    Fresh,     // not seen before; remembered now
    Replayed,  // seen before
    Full,      // cannot be remembered, so it must not be accepted; try again later
  };

  /** `skew`: how far a signature's time may be off, in either direction. `capacity`: most nonces at a time. */
  ReplayGuard(const Clock &clock, Duration skew, size_t capacity)
      : clock_(clock), lifetime_(2 * skew + std::chrono::seconds(1)), capacity_(capacity) {}

  /** For a signature that has been verified. Each key has nonces of its own. */
  Verdict Admit(std::string_view key_id, std::string_view nonce);
  /** Whether it would be a replay; a cheap check before the signature is verified. */
  bool HasSeen(std::string_view key_id, std::string_view nonce);

  size_t Size() const { return seen_.size(); }

 private:
  struct Entry {
    TimePoint expiry;
    const std::string *name;  // in seen_, whose nodes do not move
  };

  void Expire();

  const Clock &clock_;
  const Duration lifetime_;
  const size_t capacity_;
  std::unordered_set<std::string> seen_;
  std::deque<Entry> by_age_;
};

}  // namespace lookout
