// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/Clock.hxx"

namespace lookout {

class ServerTlsContext;

/** How long an inbound connection may do nothing. */
struct InboundDeadlines {
  /** For a whole request head from its first byte, and for that byte on a new connection. */
  Duration head = std::chrono::seconds(10);
  /** Between two requests, and for the client after the other side of a raw connection has ended. */
  Duration idle = std::chrono::seconds(60);
  /** Between two pieces of a request body that somebody waits for. */
  Duration body_stall = std::chrono::seconds(60);
  /**
   * A client that takes nothing of an ordinary answer. Raw connections and streams (StreamingRule) may stand still for
   * as long as TCP keep-alive says that the client's host lives: a terminal can be held, and logs be read in a pager.
   */
  Duration write_stall = std::chrono::seconds(60);
  /**
   * A client that has ended its own direction during an exchange: over TCP this can mean that it has gone. The
   * answer goes on as long as the client takes some of it this often.
   */
  Duration half_closed = std::chrono::seconds(2);
};

struct ListenerSettings {
  /** An IP address, brackets allowed; "::" also takes IPv4; "" is every address there is. */
  std::string address = "127.0.0.1";
  /** 0: any free one, see Listener::Port(). */
  uint16_t port = 0;
  /** Not empty: a unix socket instead of TCP. */
  std::string socket_path;
  mode_t socket_mode = 0600;
  /** Null: HTTP in clear. Must outlive the listener. */
  const ServerTlsContext *tls = nullptr;
  /** Each costs at most kMaxHttpHead + kInboundReadAhead + kInboundHighWater and one read. */
  size_t max_connections = 256;
  /** With TLS: connections that have not come to their first request. Another one then takes the place of the oldest.
   */
  size_t max_handshakes = 64;
  InboundDeadlines deadlines;
};

}  // namespace lookout
