// SPDX-License-Identifier: Apache-2.0
#include "tunnel/Dialer.hxx"

#include <fmt/core.h>

namespace lookout {

namespace {

std::string Join(const std::vector<SocketAddress> &addresses) {
  std::string list;
  for (const auto &address : addresses) list += (list.empty() ? "" : " or ") + address.ToString();
  return list;
}

}  // namespace

Dialer::Dialer(EventLoop &loop, Resolver &resolver, const ControllerUrl &url, std::optional<ProxyUrl> proxy, Done done)
    : loop_(loop),
      target_(url.Authority()),
      proxy_(std::move(proxy)),
      done_(std::move(done)),
      waiting_for_(fmt::format("the look-up of {}", proxy_ ? proxy_->host : url.host)) {
  const auto &host = proxy_ ? proxy_->host : url.host;
  query_ = resolver.Resolve(host, proxy_ ? proxy_->port : url.port,
                            [this](Result<std::vector<SocketAddress>> found) { OnResolved(std::move(found)); });
}

void Dialer::OnResolved(Result<std::vector<SocketAddress>> addresses) {
  if (!addresses) return Fail(Blame(addresses.error().message));
  phase_ = CloseInfo::Phase::Connect;
  waiting_for_ = Blame(fmt::format("a connection to {}", Join(*addresses)));
  connector_.emplace(loop_, std::move(*addresses), [this](Result<TcpConnection> got) { OnConnected(std::move(got)); });
}

void Dialer::OnConnected(Result<TcpConnection> connection) {
  if (!connection) return Fail(Blame(fmt::format("cannot connect to {}", connection.error().message)));
  peer_ = connection->peer.ToString();
  if (!proxy_) return done_(DialedSocket{std::move(connection->fd), peer_});
  waiting_for_ = fmt::format("proxy {} to answer CONNECT {}", proxy_->Authority(), target_);
  tunnel_.emplace(loop_, std::move(connection->fd), *proxy_, target_,
                  [this](Result<UniqueFd> tunnel) { OnTunnel(std::move(tunnel)); });
}

void Dialer::OnTunnel(Result<UniqueFd> tunnel) {
  if (!tunnel) return Fail(tunnel.error().message);
  done_(DialedSocket{std::move(*tunnel), peer_});
}

void Dialer::Fail(std::string message) {
  CloseInfo info;
  info.phase = phase_;
  info.message = std::move(message);
  done_(tl::unexpected(std::move(info)));
}

std::string Dialer::Blame(const std::string &message) const {
  return proxy_ ? fmt::format("proxy {}: {}", proxy_->Authority(), message) : message;
}

}  // namespace lookout
