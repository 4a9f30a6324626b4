// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "base/Result.hxx"

namespace lookout {

/** An IPv4 or IPv6 address, or none (of a unix socket, say). An IPv4-mapped IPv6 address is the IPv4 address. */
class IpAddress {
 public:
  IpAddress() = default;
  /** A literal and nothing else: no brackets, no port, no zone. */
  static std::optional<IpAddress> Parse(std::string_view text);

  bool IsNone() const { return size_ == 0; }
  bool IsIpv6() const { return size_ == 16; }
  /** 127.0.0.0/8 or ::1. */
  bool IsLoopback() const;
  /** In network order: 0, 4 or 16 bytes. */
  std::span<const uint8_t> Bytes() const { return std::span(bytes_).first(size_); }
  /** The first `bits` bits, the rest zero. */
  IpAddress Masked(size_t bits) const;
  /** The one text of each address (RFC 5952 for IPv6); "" for none. */
  std::string ToString() const;

  bool operator==(const IpAddress &) const = default;
  bool operator<(const IpAddress &other) const { return std::tie(size_, bytes_) < std::tie(other.size_, other.bytes_); }

 private:
  std::array<uint8_t, 16> bytes_{};
  size_t size_ = 0;
};

/** Addresses with a common prefix. */
class IpNetwork {
 public:
  /** "10.0.0.0/8", "2001:db8::/32", or an address alone, which is a network of one; bits behind the prefix are cleared.
   */
  static Result<IpNetwork> Parse(std::string_view text);

  bool Contains(const IpAddress &address) const;

 private:
  IpNetwork(const IpAddress &address, size_t bits) : base_(address.Masked(bits)), bits_(bits) {}

  IpAddress base_;
  size_t bits_;
};

}  // namespace lookout
