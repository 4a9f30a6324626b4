// SPDX-License-Identifier: Apache-2.0
#include "agent/RemoteConnector.hxx"

#include "proxy/SocketStream.hxx"

namespace lookout {

RemoteConnector::RemoteConnector(EventLoop &loop, const RemoteEndpoint &endpoint) : loop_(loop), endpoint_(endpoint) {}

void RemoteConnector::Connect(std::function<void(Outcome)> on_done) {
  on_done_ = std::move(on_done);
  dialer_.emplace(loop_, endpoint_.resolver, endpoint_.url, endpoint_.proxy,
                  [this](tl::expected<DialedSocket, CloseInfo> result) { OnDialled(std::move(result)); });
}

std::string RemoteConnector::WaitingFor() const {
  if (tls_) return "no TLS handshake in time: does this port speak TLS?";
  return "gave up waiting for " + (dialer_ ? dialer_->WaitingFor() : endpoint_.url.Authority());
}

void RemoteConnector::OnDialled(tl::expected<DialedSocket, CloseInfo> result) {
  if (!result) return Fail(result.error().message);
  SetTcpOptions(result->fd.Get());
  auto socket = std::make_unique<SocketStream>(loop_, std::move(result->fd));
  if (endpoint_.tls == nullptr) return on_done_(std::move(socket));
  endpoint_.tls->BeginHandshake();
  tls_ = std::make_unique<TlsStream>(loop_, std::move(socket), endpoint_.tls->Get(), TlsStream::Role::Client);
  ByteStreamUser &self = *this;
  tls_->SetUser(self);
  tls_->Want(false, true);
}

void RemoteConnector::OnReady(bool, bool) {
  if (!tls_) return;
  if (tls_->IsHandshakeDone()) return on_done_(std::move(tls_));
  tls_->Want(false, false);
  const auto &failure = endpoint_.tls->Failure();
  Fail(failure.empty() ? "the connection ended in the TLS handshake" : failure);
}

void RemoteConnector::Fail(const std::string &message) {
  on_done_(tl::unexpected(Failure{Failure::Kind::Unreachable, message}));
}

}  // namespace lookout
