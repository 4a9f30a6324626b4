// SPDX-License-Identifier: Apache-2.0
#include "agent/ControllerLink.hxx"

#include <stdexcept>

#include "agent/Identity.hxx"
#include "base/Log.hxx"

namespace lookout {

ControllerLink::ControllerLink(LwsContext &context, const Config &config, const DockerEngine &engine)
    : context_(context), config_(config), engine_(engine), resolver_(context.Loop()) {
  for (const auto &url : config_.controllers) endpoints_[url.ToString()] = MakeEndpoint(url);
}

std::unique_ptr<WebSocketEndpoint> ControllerLink::MakeEndpoint(const ControllerUrl &url) {
  auto proxy = ChooseProxy(config_.proxy, url);
  if (!proxy) throw std::runtime_error(proxy.error().message);
  WebSocketSettings settings;
  settings.url = url;
  settings.socket_path = config_.dialect->socket_path;
  settings.proxy = std::move(*proxy);
  settings.tls = {config_.ca_cert, config_.tls_skip_verify};
  return std::make_unique<WebSocketEndpoint>(context_, resolver_, std::move(settings));
}

void ControllerLink::RefreshEndpoint(const ControllerUrl &url) {
  try {
    endpoints_[url.ToString()] = MakeEndpoint(url);
    stale_.erase(url.ToString());
  } catch (const std::exception &error) {
    LogError("the new settings for the controller cannot be used; the old ones stay in force",
             {{"url", url.ToString()}, {"reason", error.what()}});
  }
}

void ControllerLink::Reload() {
  for (const auto &[url, endpoint] : endpoints_) stale_.insert(url);
}

std::unique_ptr<MessageTransport> ControllerLink::Dial(const ControllerUrl &url, TransportHandler &handler) {
  // Only here is it certain that no connection uses the endpoint.
  if (stale_.contains(url.ToString())) RefreshEndpoint(url);
  if (url.tls && config_.tls_skip_verify) {
    LogWarning(
        "the controller's certificate is not checked (TLS_SKIP_VERIFY): anybody on the way can take over this host",
        {{"url", url.ToString()}});
  }
  return endpoints_.at(url.ToString())->Dial(handler);
}

Result<std::string> ControllerLink::MakeSignedHello(int64_t unix_seconds) const {
  const auto key = LoadPrivateKey(config_.private_key_file);
  if (!key) return Fail(key.error().message);
  return MakeHello(MakeIdentity(config_, engine_), SignHello(*key, *config_.dialect, unix_seconds));
}

}  // namespace lookout
