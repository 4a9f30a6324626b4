// SPDX-License-Identifier: Apache-2.0
#include "tunnel/SocketAddress.hxx"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>

#include <array>

namespace lookout {

std::string SocketAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (IsIpv6()) {
    const auto &ipv6 = reinterpret_cast<const sockaddr_in6 &>(storage);
    inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
    return fmt::format("[{}]:{}", text.data(), ntohs(ipv6.sin6_port));
  }
  const auto &ipv4 = reinterpret_cast<const sockaddr_in &>(storage);
  inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
  return fmt::format("{}:{}", text.data(), ntohs(ipv4.sin_port));
}

std::optional<SocketAddress> ParseSocketAddress(const std::string &host, uint16_t port) {
  SocketAddress address;
  // inet_pton(3) would look at what stands before it only.
  if (host.find('\0') != std::string::npos) return std::nullopt;
  auto &ipv4 = reinterpret_cast<sockaddr_in &>(address.storage);
  if (inet_pton(AF_INET, host.c_str(), &ipv4.sin_addr) == 1) {
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(port);
    address.size = sizeof ipv4;
    return address;
  }
  auto &ipv6 = reinterpret_cast<sockaddr_in6 &>(address.storage);
  if (inet_pton(AF_INET6, host.c_str(), &ipv6.sin6_addr) == 1) {
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(port);
    address.size = sizeof ipv6;
    return address;
  }
  return std::nullopt;
}

}  // namespace lookout
