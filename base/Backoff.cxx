// SPDX-License-Identifier: Apache-2.0
#include "base/Backoff.hxx"

#include <algorithm>
#include <random>

namespace lookout {

Duration Backoff::Next() {
  const Duration delay = std::min(next_, maximum_);
  next_ = std::min(2 * delay, maximum_);
  return Spread(delay);
}

Duration Backoff::Spread(Duration delay) const {
  return std::chrono::duration_cast<Duration>(delay * (0.75 + 0.5 * random_()));
}

double RandomFraction() {
  thread_local std::random_device device;
  return static_cast<double>(device()) / (static_cast<double>(std::random_device::max()) + 1.0);
}

}  // namespace lookout
