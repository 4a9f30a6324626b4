// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>

#include "base/Clock.hxx"

namespace lookout {

/** Notices when the wall clock jumps: it was set, or the host has slept. Nothing here depends on it but signatures. */
class ClockWatch {
 public:
  explicit ClockWatch(const Clock &clock) : clock_(clock), offset_(Offset()) {}

  /** How far it has jumped since it was asked last; nullopt for less than two seconds, which adjusting may be. */
  std::optional<std::chrono::seconds> TakeJump();

 private:
  /** Of the wall clock to the one that only ever runs. */
  std::chrono::milliseconds Offset() const;

  const Clock &clock_;
  std::chrono::milliseconds offset_;
};

}  // namespace lookout
