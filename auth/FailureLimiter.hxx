// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>

#include "base/Clock.hxx"
#include "base/IpAddress.hxx"

namespace lookout {

/** As whom a client counts: an IPv6 address as its /64, since whoever has one address of it has them all. */
IpAddress CountedAs(const IpAddress &client);

/**
 * Locks out addresses that fail too often: guessing must be slow. Ask Wait() before any verification, tell
 * RecordFailure() of each that failed.
 *
 * - The window is fixed: it begins with the first failure, and when it ends, all of its failures are forgotten.
 * - IPv6 addresses count by their /64, since that is what one host gets. No address (a unix socket) is one address.
 * - A success clears nothing. Otherwise whoever shares the address with a rightful user, or has one good credential,
 *   could guess at another without end, a few tries between two successes.
 * - The table is bounded. When it is full of offenders whose windows run, the failures of all further addresses count
 *   together, as those of one: many addresses do not buy more guesses, and those in the table stay locked out.
 */
class FailureLimiter {
 public:
  struct Limits {
    int failures = 10;
    Duration window = std::chrono::seconds(60);
    size_t capacity = 10'000;
  };

  explicit FailureLimiter(const Clock &clock) : FailureLimiter(clock, Limits{}) {}
  FailureLimiter(const Clock &clock, const Limits &limits) : clock_(clock), limits_(limits) {}

  /** How long that address is still locked out, in whole seconds, at least one: Retry-After. nullopt: it may try. */
  std::optional<std::chrono::seconds> Wait(const IpAddress &address);
  void RecordFailure(const IpAddress &address);

  /** Addresses in the table. */
  size_t Size() const { return windows_.size(); }

 private:
  struct Window {
    TimePoint end;
    int failures = 0;
  };
  using Table = std::map<IpAddress, Window>;

  void Expire();
  /** The window of the address; that of all others when it has none and can have none; nullptr when none runs. */
  Window *FindWindow(const IpAddress &key);
  Window &MakeWindow(const IpAddress &key);

  const Clock &clock_;
  const Limits limits_;
  Table windows_;
  std::deque<Table::iterator> by_age_;  // all windows are equally long
  std::optional<Window> others_;
};

}  // namespace lookout
