// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "auth/ReplayGuard.hxx"
#include "base/Result.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

/**
 * What a restart must not forget of the signatures that have been accepted: their latest time for each key, in a file.
 * The next process refuses what is not dated later, since it could be a replay. While a process runs the file says so,
 * and how late the newest of them is dated, which can be ahead of the clock. A process that finds that the last one has
 * not come to its end refuses what is not dated after that and after its own start, whoever has signed it.
 * Without a file there was no process before, and nothing to forget.
 */
class ReplayRecord {
 public:
  explicit ReplayRecord(std::string path) : path_(std::move(path)) {}

  /**
   * Reads what the last process has left, and writes that one is running. An error says why that cannot be done; the
   * guard then refuses what is not dated after the start.
   */
  Result<void> Begin(ReplayGuard &guard, int64_t now_unix_seconds);
  /**
   * When Newest() of the guard has changed, and before that request is let through. The disk is not waited for: a power
   * failure can take the last moments. Without a Begin() that could write there is nothing to keep.
   */
  Result<void> Keep(const ReplayGuard &guard);
  /** When no more requests can be accepted. */
  Result<void> End(const ReplayGuard &guard);

 private:
  std::string path_;
  UniqueFd running_;  // the file, while it says so
};

}  // namespace lookout
