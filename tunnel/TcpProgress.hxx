// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace lookout {

/**
 * Watches a TCP connection from below: whether bytes came in, or were acknowledged by the peer, since the last look.
 * It sees what libwebsockets does not tell, a ping for example, or a large write that goes out slowly.
 */
class TcpProgress {
 public:
  struct Change {
    bool received = false;
    bool acknowledged = false;
  };

  /** `fd` is an open socket; for another kind than TCP nothing ever changes. */
  Change Look(int fd);

 private:
  uint64_t received_ = 0;
  uint64_t acknowledged_ = 0;
};

}  // namespace lookout
