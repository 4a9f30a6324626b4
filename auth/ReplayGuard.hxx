// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
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
 *
 * What is forgotten leaves its time behind: signatures of that key that are not dated later may be replays, and nobody
 * can tell any more (HasForgotten). As long as the clock runs on, their time is past the skew by then. When it was set
 * back, or when an earlier process has accepted them (ReplayRecord), this is what keeps them out.
 */
class ReplayGuard {
 public:
  /** By key id; the latest time, in Unix seconds, up to which something is true of its signatures. */
  using Times = std::map<std::string, int64_t, std::less<>>;

  /** No key has this id. */
  static constexpr std::string_view kEveryKey = "*";

  enum class Verdict {
    Fresh,      // not seen before; remembered now
    Replayed,   // seen before
    Full,       // cannot be remembered, so it must not be accepted; try again later
    Forgotten,  // may have been seen before: nonces of its time are forgotten, as while a large body came
  };

  /** `skew`: how far a signature's time may be off, in either direction. `capacity`: most nonces at a time. */
  ReplayGuard(const Clock &clock, Duration skew, size_t capacity)
      : clock_(clock), lifetime_(2 * skew + std::chrono::seconds(1)), capacity_(capacity) {}

  /** For a signature of that time that has been verified. Each key has nonces of its own. */
  Verdict Admit(std::string_view key_id, std::string_view nonce, int64_t unix_seconds);
  /** Whether it would be a replay; a cheap check before the signature is verified. */
  bool HasSeen(std::string_view key_id, std::string_view nonce);
  /** Whether nonces of signatures of that key with that time, or a later one, have been forgotten. */
  bool HasForgotten(std::string_view key_id, int64_t unix_seconds);

  /** Takes what another process may have accepted, of that key or (kEveryKey) of any, up to then as forgotten. */
  void Forget(const std::string &key_id, int64_t unix_seconds);
  /** The latest time of an accepted signature of each key, and what was said to Forget(). */
  const Times &Latest() const { return latest_; }
  /** The latest of these, 0 when there is none. */
  int64_t Newest() const { return newest_; }
  /** Is told before Admit() returns when that has made Newest() later. */
  void SetNewestObserver(std::function<void()> on_newer) { on_newer_ = std::move(on_newer); }

  size_t Size() const { return seen_.size(); }

 private:
  struct Entry {
    TimePoint expiry;
    int64_t unix_seconds;
    const std::string *name;  // in seen_, whose nodes do not move
  };

  void Expire();

  const Clock &clock_;
  const Duration lifetime_;
  const size_t capacity_;
  std::unordered_set<std::string> seen_;
  std::deque<Entry> by_age_;
  Times latest_;
  Times forgotten_;
  int64_t newest_ = 0;
  std::function<void()> on_newer_;
};

}  // namespace lookout
