// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "base/UniqueFd.hxx"

namespace lookout {

/** Listens on an address as in ListenerSettings. Throws, naming address and reason. Non-blocking. */
UniqueFd MakeTcpListenSocket(const std::string &address, uint16_t port);

/**
 * Listens on a unix socket. A socket file that nobody listens on any more is replaced; anything else in its place,
 * or a live listener, is an error. Throws, naming path and reason.
 */
UniqueFd MakeUnixListenSocket(const std::string &path, mode_t mode);

/** "127.0.0.1:3000", "[::1]:3000" or the path: what the socket is bound to. */
std::string DescribeLocalAddress(int socket);

/** The other end of a connection. IPv4 in IPv6 (::ffff:192.0.2.1) is given as the IPv4 address that it is. */
struct PeerName {
  /** "192.0.2.1:40312", for logs; "unix socket" for one without a name. */
  std::string full;
  /** "192.0.2.1", "" for a unix socket. */
  std::string address;
};
PeerName DescribePeer(int socket);

/** Bound to a unix socket or a loopback address: only this host's programs can connect. */
bool IsLocalSocket(int socket);
/** The bound TCP port, 0 for a unix socket. */
uint16_t LocalPort(int socket);

}  // namespace lookout
