// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <list>
#include <string>
#include <vector>

#include "base/EventLoop.hxx"
#include "base/Result.hxx"
#include "tunnel/SocketAddress.hxx"

namespace lookout {

/** A connected socket, nonblocking, and where it leads. */
struct TcpConnection {
  UniqueFd fd;
  SocketAddress peer;
};

/**
 * Connects to the first address that answers: the next one is tried after a failure, or beside the earlier ones
 * after 250 ms without an answer (RFC 8305). It has no time limit of its own; its owner destroys it.
 */
class TcpConnector {
 public:
  using Done = std::function<void(Result<TcpConnection>)>;

  /** `addresses` is not empty. Calls `done` once, never from inside; the error names every address and its failure. */
  TcpConnector(EventLoop &loop, std::vector<SocketAddress> addresses, Done done);
  ~TcpConnector();
  TcpConnector(const TcpConnector &) = delete;
  TcpConnector &operator=(const TcpConnector &) = delete;

 private:
  struct Attempt;

  void StartNext();
  bool TryConnect(const SocketAddress &address);
  void OnReady(Attempt &attempt);
  void OnFailed(const SocketAddress &address, int error);
  void Finish(Result<TcpConnection> result);

  EventLoop &loop_;
  const std::vector<SocketAddress> addresses_;
  Done done_;
  size_t next_ = 0;
  std::list<Attempt> attempts_;
  std::string failures_;
  size_t failed_ = 0;
  Deferred start_;
  Timer stagger_;
};

}  // namespace lookout
