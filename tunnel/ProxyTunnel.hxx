// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "base/EventLoop.hxx"
#include "base/Result.hxx"
#include "tunnel/OutboundProxy.hxx"

namespace lookout {

/**
 * Asks a proxy for a tunnel (CONNECT, RFC 9110 section 9.3.6) over a socket that is connected to it. Done here and
 * not by libwebsockets, which cuts credentials off, refuses valid answers and cannot tell a missing password from a
 * dead proxy. No time limit of its own.
 */
class ProxyTunnel {
 public:
  /** The same socket, now leading to the target; or an error that names the proxy and says what it answered. */
  using Done = std::function<void(Result<UniqueFd>)>;

  /** `target` is "host:port". Calls `done` once, never from inside. */
  ProxyTunnel(EventLoop &loop, UniqueFd proxy_fd, const ProxyUrl &proxy, const std::string &target, Done done);
  ProxyTunnel(const ProxyTunnel &) = delete;
  ProxyTunnel &operator=(const ProxyTunnel &) = delete;

 private:
  void OnReady(uint32_t events);
  void Write();
  void Read();
  void OnHead(std::string_view head);
  void Finish(Result<UniqueFd> result);
  std::string Explain(int status, std::string_view status_line) const;

  const std::string proxy_name_;
  const std::string target_;
  const bool has_credentials_;
  Done done_;
  UniqueFd fd_;
  std::string unsent_;
  std::string received_;
  FdEvent event_;
};

}  // namespace lookout
