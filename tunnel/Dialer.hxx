// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "tunnel/MessageTransport.hxx"
#include "tunnel/OutboundProxy.hxx"
#include "tunnel/ProxyTunnel.hxx"
#include "tunnel/Resolver.hxx"
#include "tunnel/TcpConnector.hxx"

namespace lookout {

/** A socket that leads to the controller, directly or through a proxy. */
struct DialedSocket {
  UniqueFd fd;
  /** The address connected to, the proxy's if there is one. */
  std::string peer;
};

/**
 * Makes the byte stream to a controller: name look-up, TCP, and a proxy's CONNECT. It has no time limit of its own;
 * its owner destroys it and can say what it was doing.
 */
class Dialer {
 public:
  using Done = std::function<void(tl::expected<DialedSocket, CloseInfo>)>;

  /** Calls `done` once, never from inside; must not be destroyed from within that call. */
  Dialer(EventLoop &loop, Resolver &resolver, const ControllerUrl &url, std::optional<ProxyUrl> proxy, Done done);
  Dialer(const Dialer &) = delete;
  Dialer &operator=(const Dialer &) = delete;

  CloseInfo::Phase Phase() const { return phase_; }
  /** What is being waited for: "the look-up of hub", "a connection to 203.0.113.5:443", "proxy p:3128 to answer". */
  const std::string &WaitingFor() const { return waiting_for_; }

 private:
  void OnResolved(Result<std::vector<SocketAddress>> addresses);
  void OnConnected(Result<TcpConnection> connection);
  void OnTunnel(Result<UniqueFd> tunnel);
  void Fail(std::string message);
  /** Puts the proxy's name in front of a failure on the way to it. */
  std::string Blame(const std::string &message) const;

  EventLoop &loop_;
  const std::string target_;
  const std::optional<ProxyUrl> proxy_;
  const Done done_;
  CloseInfo::Phase phase_ = CloseInfo::Phase::Resolve;
  std::string waiting_for_;
  std::string peer_;
  std::unique_ptr<ResolverQuery> query_;
  std::optional<TcpConnector> connector_;
  std::optional<ProxyTunnel> tunnel_;
};

}  // namespace lookout
