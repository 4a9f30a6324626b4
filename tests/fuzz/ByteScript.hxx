// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace lookout {

/** Any bytes as a series of decisions. When they are used up, every decision is the first choice. */
class ByteScript {
 public:
  ByteScript(const uint8_t *data, size_t size) : rest_(reinterpret_cast<const char *>(data), size) {}

  bool IsEmpty() const { return rest_.empty(); }
  /** A number below `count`, which is 1 to 256. */
  size_t Below(size_t count) {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte % count;
  }
  bool Flag() { return Below(2) == 1; }
  template <typename T, size_t N>
  const T &Of(const std::array<T, N> &choices) {
    return choices[Below(N)];
  }
  /** The next bytes as they are, up to `most`. */
  std::string_view Take(size_t most) {
    const auto taken = rest_.substr(0, most);
    rest_.remove_prefix(taken.size());
    return taken;
  }

 private:
  std::string_view rest_;
};

}  // namespace lookout
