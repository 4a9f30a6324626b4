// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/EventLoop.hxx"
#include "base/UniqueFd.hxx"
#include "proxy/Acceptor.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/ListenerSettings.hxx"
#include "proxy/ServerConnection.hxx"

namespace lookout {

/**
 * Accepts HTTP/1.1 connections and carries their requests to a handler: the second way in beside the tunnel.
 *
 * The handler sees heads as they were written, but without Content-Length, Expect and hop-by-hop fields; an upgrade
 * request, which goes to Open(), keeps Connection and Upgrade. Bodies arrive as sources with backpressure. The
 * origin is Transport::Listener with the peer's address.
 *
 * What the client sees: answers with the Content-Length that the handler states, else in chunks; Failures before
 * the head as text with 400, 413, 502, 503 or 504, later ones as a connection that breaks off. A client that goes
 * away cancels its exchange. When all connections are taken, the first one that is closing makes room, else the idle
 * one that was accepted first, else the first that has not sent its request yet, or else the new one gets a 503 (with
 * TLS it is just closed). Of connections that are still shaking hands, the first goes when there are too many.
 */
class Listener final : private ServerConnection::Owner {
 public:
  /**
   * Listens at once, on `sockets` where there are any (TakeActivatedSockets), else as the settings say. Throws, naming
   * address and reason, when it cannot. `handler` must outlive it.
   */
  Listener(EventLoop &loop, ListenerSettings settings, RequestHandler &handler, std::vector<UniqueFd> sockets = {});
  ~Listener() override;
  Listener(const Listener &) = delete;
  Listener &operator=(const Listener &) = delete;

  /** "127.0.0.1:3000", or the path of the socket; several with ", " between them. */
  const std::string &Address() const { return address_; }
  /** Of the first socket; 0 for a unix socket, and once closed. */
  uint16_t Port() const;
  /** Nobody from another host can connect, on none of its sockets. */
  bool IsLocal() const;
  size_t Connections() const { return connections_.size(); }

  /**
   * Stops accepting, ends idle connections at once and the others after the answer under way; cuts what is left
   * after `limit`. `on_closed` comes once, from the loop.
   */
  void Close(Duration limit, std::function<void()> on_closed);

 private:
  void ListenOn(UniqueFd socket, std::string own_path);
  void Adopt(UniqueFd socket);
  bool MakeRoom();
  void LimitHandshakes();
  void CutAll();
  void Reap();
  void OnClosed(ServerConnection &connection) override;

  EventLoop &loop_;
  const ListenerSettings settings_;
  RequestHandler &handler_;
  std::string address_;
  bool closing_ = false;
  std::function<void()> on_closed_;
  Timer limit_;  // of Close()
  Deferred reap_;
  std::list<std::unique_ptr<ServerConnection>> connections_;
  std::list<Acceptor> acceptors_;
};

}  // namespace lookout
