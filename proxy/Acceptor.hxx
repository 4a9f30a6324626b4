// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>

#include "base/EventLoop.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

/** Takes connections from one listening socket; its end stops that. */
class Acceptor {
 public:
  /**
   * `socket` listens and does not block. `own_path` is the socket file to remove in the end, "" for none.
   * `on_accept` gets each connection, which does not block either; it must not destroy the acceptor.
   */
  Acceptor(EventLoop &loop, UniqueFd socket, std::string own_path, std::function<void(UniqueFd)> on_accept);
  ~Acceptor();
  Acceptor(const Acceptor &) = delete;
  Acceptor &operator=(const Acceptor &) = delete;

  /** "127.0.0.1:3000", or the path of the socket. */
  const std::string &Address() const { return address_; }
  /** 0 for a unix socket. */
  uint16_t Port() const;
  /** Nobody from another host can connect. */
  bool IsLocal() const;

 private:
  void OnAcceptable();
  bool AcceptOne();

  UniqueFd socket_;
  const std::string own_path_;
  const ino_t file_number_;  // of the socket file
  const std::string address_;
  const std::function<void(UniqueFd)> on_accept_;
  bool has_failed_ = false;
  FdEvent event_;
  Timer pause_;
};

}  // namespace lookout
