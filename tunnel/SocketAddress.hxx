// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>

namespace lookout {

/** An IPv4 or IPv6 address with its port, as connect(2) takes it. */
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;

  bool IsIpv6() const { return storage.ss_family == AF_INET6; }
  const sockaddr *Get() const { return reinterpret_cast<const sockaddr *>(&storage); }
  /** "203.0.113.5:443" or "[2001:db8::1]:443". */
  std::string ToString() const;
};

/** `host` is an IPv4 or IPv6 address without brackets; nullopt for anything else, a name for example. */
std::optional<SocketAddress> ParseSocketAddress(const std::string &host, uint16_t port);

}  // namespace lookout
