// SPDX-License-Identifier: Apache-2.0
#include "tunnel/WebSocketEndpoint.hxx"

#include <libwebsockets.h>

#include <stdexcept>

#include "tunnel/WebSocketClient.hxx"

namespace lookout {

WebSocketEndpoint::WebSocketEndpoint(LwsContext &context, Resolver &resolver, WebSocketSettings settings)
    : context_(context), resolver_(resolver), settings_(std::move(settings)) {
  if (settings_.url.tls) tls_.emplace(settings_.tls, settings_.url.host);
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.vhost_name = "tunnel";
  info.protocols = WebSocketClient::Protocols();
  // None, or libwebsockets would obey the environment's http_proxy by itself.
  info.http_proxy_address = ":0";
  if (tls_) {
    // Not set without TLS: libwebsockets would make a context of its own, and crash on freeing it.
    info.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
    info.provided_client_ssl_ctx = tls_->Get();
  }
  vhost_ = lws_create_vhost(context_.Get(), &info);
  if (vhost_ == nullptr) throw std::runtime_error("cannot set up a WebSocket client (lws_create_vhost)");
}

WebSocketEndpoint::~WebSocketEndpoint() {
  lws_vhost_destroy(vhost_);
}

std::unique_ptr<MessageTransport> WebSocketEndpoint::Dial(TransportHandler &handler) {
  return std::make_unique<WebSocketClient>(*this, handler);
}

}  // namespace lookout
