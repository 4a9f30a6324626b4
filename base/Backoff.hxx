// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/Clock.hxx"

namespace lookout {

/**
 * Growing delays between attempts: first, then twice as long each time up to the maximum, each spread evenly
 * over 75 to 125 % so that many clients do not come back together.
 */
class Backoff {
 public:
  /** `random` gives values in [0, 1). */
  Backoff(Duration first, Duration maximum, std::function<double()> random)
      : first_(first), maximum_(maximum), next_(first), random_(std::move(random)) {}

  /** The delay before the next attempt. */
  Duration Next();
  /** The same spread around a delay of the caller's choice. */
  Duration Spread(Duration delay) const;
  /** After success that lasted. */
  void Reset() { next_ = first_; }

 private:
  const Duration first_;
  const Duration maximum_;
  Duration next_;
  std::function<double()> random_;
};

/** Values in [0, 1) from the system's random source. */
double RandomFraction();

}  // namespace lookout
