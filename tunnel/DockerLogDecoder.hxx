// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace lookout {

enum class LogStreamKind { Stdout, Stderr };

/**
 * Takes Docker's multiplexed stream apart: records of a type byte (2: stderr, else stdout), three zero bytes,
 * a big-endian length, and that many bytes (Docker Engine API, "Attach to a container", stream format). Any
 * split of the input gives the same bytes; nothing is held back and no record is too long.
 */
class DockerLogDecoder {
 public:
  using Output = std::function<void(LogStreamKind, std::string_view)>;

  /** Hands out the payload bytes of this piece of input. */
  void Feed(std::string_view bytes, const Output &output);
  /** True when the input so far stops inside the payload of a record. */
  bool InsideRecord() const { return remaining_ > 0; }

  static constexpr size_t kHeaderSize = 8;
  /** Could a stream that begins like this be multiplexed? For engines that do not say (API below 1.42). */
  static bool LooksMultiplexed(std::string_view first_bytes);

 private:
  std::array<unsigned char, kHeaderSize> header_{};
  size_t header_size_ = 0;
  uint32_t remaining_ = 0;
  LogStreamKind kind_ = LogStreamKind::Stdout;
};

}  // namespace lookout
