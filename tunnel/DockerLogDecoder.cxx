// SPDX-License-Identifier: Apache-2.0
#include "tunnel/DockerLogDecoder.hxx"

#include <algorithm>

namespace lookout {

void DockerLogDecoder::Feed(std::string_view bytes, const Output &output) {
  while (!bytes.empty()) {
    if (remaining_ > 0) {
      const auto payload = bytes.substr(0, remaining_);
      remaining_ -= static_cast<uint32_t>(payload.size());
      bytes.remove_prefix(payload.size());
      output(kind_, payload);
      continue;
    }
    const size_t take = std::min(kHeaderSize - header_size_, bytes.size());
    std::copy_n(bytes.begin(), take, header_.begin() + static_cast<std::ptrdiff_t>(header_size_));
    header_size_ += take;
    bytes.remove_prefix(take);
    if (header_size_ < kHeaderSize) return;
    header_size_ = 0;
    kind_ = header_[0] == 2 ? LogStreamKind::Stderr : LogStreamKind::Stdout;
    remaining_ = uint32_t{header_[4]} << 24 | uint32_t{header_[5]} << 16 | uint32_t{header_[6]} << 8 | header_[7];
  }
}

bool DockerLogDecoder::LooksMultiplexed(std::string_view first_bytes) {
  return first_bytes.size() >= kHeaderSize && static_cast<unsigned char>(first_bytes[0]) <= 2 && first_bytes[1] == 0 &&
         first_bytes[2] == 0 && first_bytes[3] == 0;
}

}  // namespace lookout
