// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.hxx"

namespace lookout {

/** Where a controller is: what DRYDOCK_URL says, taken apart. */
struct ControllerUrl {
  /** https or wss. */
  bool tls = false;
  /** A DNS name in lower case, an IPv4 address, or an IPv6 address without its brackets. */
  std::string host;
  /** Never 0; 443 or 80 when the URL has none. */
  uint16_t port = 0;
  /** "" or a path that begins with '/' and does not end with one; goes in front of the protocol's own path. */
  std::string base_path;

  bool IsIpv6() const { return host.find(':') != std::string::npos; }
  /** An IPv4 or IPv6 address, so that no name is looked up. */
  bool IsAddress() const;
  /** "localhost", a name below it, 127.0.0.0/8 or ::1: nothing leaves this host. */
  bool IsLoopback() const;
  /** Whether secrets would cross a network in the clear: no TLS, and not loopback. */
  bool IsInsecure() const { return !tls && !IsLoopback(); }

  /** The value of the Host header: brackets around IPv6, the port only when it is not the scheme's own. */
  std::string HostHeader() const;
  /** "host:port", with brackets around IPv6. */
  std::string Authority() const;
  /** The URL in its normal form, "wss://host:port/base". */
  std::string ToString() const;

  bool operator==(const ControllerUrl &) const = default;
};

/**
 * Reads one URL: scheme http, https, ws or wss in any case, host, optional port, optional base path with or without
 * a slash at its end. The error says what is wrong and what to write instead.
 */
Result<ControllerUrl> ParseControllerUrl(std::string_view text);

/** One or more URLs separated by commas, in the order in which they are tried. */
Result<std::vector<ControllerUrl>> ParseControllerUrls(std::string_view text);

}  // namespace lookout
