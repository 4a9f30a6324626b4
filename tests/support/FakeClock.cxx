// SPDX-License-Identifier: Apache-2.0
#include "tests/support/FakeClock.hxx"

namespace lookout {

void FakeClock::Advance(Duration step) {
  now_ += step;
  unix_millis_ += std::chrono::duration_cast<std::chrono::milliseconds>(step).count();
}

}  // namespace lookout
