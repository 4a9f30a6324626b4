// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/Result.hxx"
#include "tunnel/ControllerUrl.hxx"

namespace lookout {

/** An HTTP proxy that is asked to CONNECT. */
struct ProxyUrl {
  std::string host;  // as in ControllerUrl
  uint16_t port = 0;
  /** Decoded; sent as basic credentials when has_credentials. Never part of a log line or an error. */
  bool has_credentials = false;
  std::string user;
  std::string password;

  /** "host:port": the only form in which a proxy is named to the user. */
  std::string Authority() const;
};

/**
 * What the environment says about proxies. HTTPS_PROXY is for https:// and wss:// controllers, HTTP_PROXY for
 * http:// and ws:// ones; an empty value is none.
 */
struct ProxyEnvironment {
  std::string https_proxy;
  std::string http_proxy;
  /**
   * Hosts reached directly, separated by commas: "*" is every host; "example.com" that name and the names below it;
   * ".example.com" only those below it; an IP address; a network as "10.0.0.0/8". All but "*" and networks may end in
   * ":port" and then hold for that port only (an IPv6 address with a port needs brackets).
   */
  std::string no_proxy;
};

/**
 * "http://[user:password@]host[:port]", scheme optional, port 80 by default; a percent-escape in the credentials is
 * decoded. https:// and SOCKS proxies are refused. `variable` is named in the error, credentials never are.
 */
Result<ProxyUrl> ParseProxyUrl(std::string_view text, std::string_view variable);

/** The proxy for `url`, or nullopt for a direct connection. Loopback is always reached directly. */
Result<std::optional<ProxyUrl>> ChooseProxy(const ProxyEnvironment &environment, const ControllerUrl &url);

/** Whether `no_proxy` (see ProxyEnvironment) covers the host and port of `url`. */
bool IsProxyBypassed(std::string_view no_proxy, const ControllerUrl &url);

}  // namespace lookout
