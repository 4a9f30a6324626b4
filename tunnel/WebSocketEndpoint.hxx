// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/LwsContext.hxx"
#include "tunnel/ControllerUrl.hxx"
#include "tunnel/MessageTransport.hxx"
#include "tunnel/OutboundProxy.hxx"
#include "tunnel/Resolver.hxx"
#include "tunnel/TlsContext.hxx"

struct lws_vhost;

namespace lookout {

struct WebSocketSettings {
  ControllerUrl url;
  /** The protocol's own path, dialled below the URL's base path. */
  std::string socket_path;
  std::optional<ProxyUrl> proxy;
  TlsSettings tls;
  /** For everything from the name look-up to the answer to the upgrade. */
  std::chrono::seconds handshake_limit{10};
};

/**
 * One controller and the way to it, made once and kept over all attempts, since a libwebsockets vhost belongs to it.
 * Its clients must be gone before it is.
 */
class WebSocketEndpoint {
 public:
  /** Throws when the CA file cannot be used. */
  WebSocketEndpoint(LwsContext &context, Resolver &resolver, WebSocketSettings settings);
  ~WebSocketEndpoint();
  WebSocketEndpoint(const WebSocketEndpoint &) = delete;
  WebSocketEndpoint &operator=(const WebSocketEndpoint &) = delete;

  /** One attempt. At most one transport of an endpoint is in its handshake at a time. */
  std::unique_ptr<MessageTransport> Dial(TransportHandler &handler);

  const WebSocketSettings &Settings() const { return settings_; }
  LwsContext &Context() const { return context_; }
  Resolver &GetResolver() const { return resolver_; }
  /** nullptr without TLS. */
  TlsContext *Tls() { return tls_ ? &*tls_ : nullptr; }
  lws_vhost *Vhost() const { return vhost_; }
  /** The path of the upgrade request. */
  std::string Path() const { return settings_.url.base_path + settings_.socket_path; }

 private:
  LwsContext &context_;
  Resolver &resolver_;
  const WebSocketSettings settings_;
  std::optional<TlsContext> tls_;
  lws_vhost *vhost_ = nullptr;
};

}  // namespace lookout
