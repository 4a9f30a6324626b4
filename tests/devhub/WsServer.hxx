// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "base/LwsContext.hxx"
#include "base/UniqueFd.hxx"
#include "tests/devhub/WsConnection.hxx"

struct lws_vhost;

namespace lookout::devhub {

/** The parts of an upgrade request that decide about it. */
struct UpgradeRequest {
  std::string path;  // without the query
  std::string host;
  std::string origin;  // "" when absent
};

struct UpgradeAnswer {
  enum class Kind {
    Accept,
    Respond,  // `response` is the whole HTTP answer
    Hang,     // never answer
  };
  Kind kind = Kind::Accept;
  std::string response;
};

/** Decides about upgrades and makes what handles the connections. */
class WsApplication {
 public:
  virtual ~WsApplication() = default;
  virtual UpgradeAnswer OnUpgrade(const UpgradeRequest &request) = 0;
  /** The value of the Date header of the upgrade response; "" leaves it out. */
  virtual std::string UpgradeDate() = 0;
  virtual std::unique_ptr<WsHandler> MakeHandler(WsConnection &connection, const std::string &path) = 0;
};

struct WsServerOptions {
  std::string host = "127.0.0.1";  // an IP literal, IPv6 without brackets
  int port = 0;                    // 0: any free one
  std::string cert_file;           // both set: TLS
  std::string key_file;
  size_t max_message = 0;     // longer ones end the connection with 1009
  size_t receive_buffer = 0;  // SO_RCVBUF; 0: as the kernel likes
};

/** A WebSocket server on one address. Owns its connections; must outlive the context, which ends them. */
class WsServer {
 public:
  /** Throws when the address or the certificate cannot be used. */
  WsServer(LwsContext &context, WsApplication &application, WsServerOptions options);
  WsServer(const WsServer &) = delete;
  WsServer &operator=(const WsServer &) = delete;

  int Port() const;
  bool HasTls() const { return !options_.cert_file.empty(); }

 private:
  friend struct WsCallbacks;
  int OnConfirmUpgrade(lws *wsi);
  void HoldSocket(int fd);
  void OnEstablished(lws *wsi);
  void Remove(WsConnection &connection);

  LwsContext &context_;
  WsApplication &application_;
  WsServerOptions options_;
  lws_vhost *vhost_ = nullptr;
  std::list<std::unique_ptr<WsConnection>> connections_;
  std::list<UniqueFd> held_;
};

}  // namespace lookout::devhub
