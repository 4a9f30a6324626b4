// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <vector>

/** Times that were measured, and what is told of them. */
namespace lookout::bench {

using SteadyTime = std::chrono::steady_clock::time_point;

inline SteadyTime Now() {
  return std::chrono::steady_clock::now();
}

inline double SecondsSince(SteadyTime start) {
  return std::chrono::duration<double>(Now() - start).count();
}

class Latencies {
 public:
  void Add(SteadyTime start) {
    micros_.push_back(
        static_cast<uint32_t>(std::chrono::duration_cast<std::chrono::microseconds>(Now() - start).count()));
  }
  /** The time within which that part (0 to 1) of all was done; 0 when there was none. */
  uint32_t Micros(double part) {
    if (micros_.empty()) return 0;
    const auto position = micros_.begin() + static_cast<std::ptrdiff_t>(part * static_cast<double>(micros_.size() - 1));
    std::nth_element(micros_.begin(), position, micros_.end());
    return *position;
  }

 private:
  std::vector<uint32_t> micros_;
};

}  // namespace lookout::bench
