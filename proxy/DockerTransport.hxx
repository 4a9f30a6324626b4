// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "proxy/DeadlinePolicy.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

class CurlMulti;

/**
 * Carries requests to the Docker engine's unix socket as they are, each as one transfer of its own; connections
 * are kept alive between them. The contract is that of Exchange.hxx; what it leaves open:
 *
 * - Requests: exact target, method and header fields (CurlRequest.hxx). A body of known length goes with
 *   Content-Length, any other in chunks. A request other than GET, HEAD and OPTIONS goes out on a new connection,
 *   because libcurl repeats one that finds its kept-alive connection broken, and only those three may be repeated.
 * - Answers: 1xx heads are skipped, redirects passed on, bodies not decoded, trailers told behind them. A body cut
 * short is Failure::Broken.
 * - While the sink waits, the socket is not read: the engine feels the backpressure, and at most 32 KiB (one read)
 *   are kept. OnEnd waits, too.
 * - Destroying an Exchange whose answer is not complete closes its connection at once.
 * - Failures name method, path and socket. Without `deadlines` in the request DeadlinePolicy chooses them.
 */
class DockerTransport final : public RequestHandler {
 public:
  /** Connections kept open when nothing uses them; as many as requests through the tunnel at a time. */
  static constexpr long kMaxIdleConnections = 100;

  /** Throws when `socket_path` cannot be the path of a unix socket (empty, or over 107 bytes). */
  DockerTransport(EventLoop &loop, std::string socket_path, DeadlineSettings settings = {});
  ~DockerTransport() override;

  const std::string &SocketPath() const { return socket_path_; }
  /** For requests that begin from now on. */
  void SetDeadlines(DeadlineSettings settings) { settings_ = settings; }

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

 private:
  EventLoop &loop_;
  std::string socket_path_;
  DeadlineSettings settings_;
  std::unique_ptr<CurlMulti> multi_;
};

}  // namespace lookout
