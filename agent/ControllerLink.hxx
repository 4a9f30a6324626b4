// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "agent/Config.hxx"
#include "base/LwsContext.hxx"
#include "proxy/DockerEngine.hxx"
#include "tunnel/Resolver.hxx"
#include "tunnel/WebSocketEndpoint.hxx"

namespace lookout {

/** How this agent reaches its controllers and proves itself to them, from its configuration. */
class ControllerLink {
 public:
  /** Throws when a CA file or a proxy URL cannot be used. `config` and the rest must outlive it. */
  ControllerLink(LwsContext &context, const Config &config, const DockerEngine &engine);

  std::unique_ptr<MessageTransport> Dial(const ControllerUrl &url, TransportHandler &handler);
  /** Signed with the key as the file holds it now, so that a new key takes effect at the next attempt. */
  Result<std::string> MakeSignedHello(int64_t unix_seconds) const;
  /** Certificates and proxies are read again, for each controller at the next attempt to reach it. */
  void Reload();

 private:
  std::unique_ptr<WebSocketEndpoint> MakeEndpoint(const ControllerUrl &url);
  void RefreshEndpoint(const ControllerUrl &url);

  LwsContext &context_;
  const Config &config_;
  const DockerEngine &engine_;
  SystemResolver resolver_;
  std::map<std::string, std::unique_ptr<WebSocketEndpoint>> endpoints_;  // by URL
  std::set<std::string> stale_;                                          // URLs whose endpoint is to be made anew
};

}  // namespace lookout
