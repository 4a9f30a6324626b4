// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/tunnel/TaskFixture.hxx"
#include "tunnel/Limits.hxx"

namespace lookout {

inline std::string Record(char type, std::string_view payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  std::string record{type,
                     0,
                     0,
                     0,
                     static_cast<char>(size >> 24),
                     static_cast<char>(size >> 16 & 255),
                     static_cast<char>(size >> 8 & 255),
                     static_cast<char>(size & 255)};
  return record.append(payload);
}

inline const HeaderList kMultiplexed = {{"Content-Type", "application/vnd.docker.multiplexed-stream"}};
inline const HeaderList kRaw = {{"Content-Type", "application/vnd.docker.raw-stream"}};

/** Asks for the log of a container. */
class LogFixture : public TaskFixture {
 public:
  void Ask(std::string_view more = "") {
    Receive("dd:container_log_request", std::string("'requestId':'l','containerId':'c'").append(more));
  }
  void Follow(std::string_view more = "") { Ask(std::string(",'stream':true,'follow':true").append(more)); }
};

}  // namespace lookout
