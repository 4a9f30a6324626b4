// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace lookout {

/** Ends the process, as a fuzzer wants it, with the words for what does not hold. */
inline void Require(bool condition, std::string_view what) {
  if (condition) return;
  static_cast<void>(std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data()));
  std::abort();
}

}  // namespace lookout
