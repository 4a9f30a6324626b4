// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/EventLoop.hxx"
#include "proxy/StreamConnector.hxx"
#include "proxy/TlsStream.hxx"
#include "tunnel/ControllerUrl.hxx"
#include "tunnel/Dialer.hxx"
#include "tunnel/TlsContext.hxx"

namespace lookout {

/** Where an agent's listener is and how to get there. */
struct RemoteEndpoint {
  ControllerUrl url;
  std::optional<ProxyUrl> proxy;
  Resolver &resolver;
  /** Null for a URL without TLS. */
  TlsContext *tls = nullptr;
};

/** Makes one connection to an agent's listener: name, TCP, perhaps a proxy, TLS. */
class RemoteConnector final : public StreamConnector, private ByteStreamUser {
 public:
  /** `endpoint` must outlive it. */
  RemoteConnector(EventLoop &loop, const RemoteEndpoint &endpoint);

  void Connect(std::function<void(Outcome)> on_done) override;
  std::string WaitingFor() const override;

 private:
  void OnDialled(tl::expected<DialedSocket, CloseInfo> result);
  void OnReady(bool readable, bool writable) override;
  void OnHangUp() override { OnReady(true, true); }
  void Fail(const std::string &message);

  EventLoop &loop_;
  const RemoteEndpoint &endpoint_;
  std::function<void(Outcome)> on_done_;
  std::optional<Dialer> dialer_;
  std::unique_ptr<TlsStream> tls_;  // while its handshake is under way
};

}  // namespace lookout
