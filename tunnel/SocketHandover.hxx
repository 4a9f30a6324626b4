// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/UniqueFd.hxx"

namespace lookout {

/**
 * Gives a connected socket to a libwebsockets client connection. The library can only connect by itself, and its way
 * of doing so blocks on DNS, hides why it failed, and speaks to proxies badly. So it is told to connect to a
 * listener of ours (an abstract unix socket that nobody else can take over), which succeeds at once, and before its
 * first byte Replace() puts our socket under the same descriptor number. That works because the library waits with
 * poll(2), by number. (4.1.6; an adopt call for clients exists in no release.)
 */
class SocketHandover {
 public:
  /** Throws when the listener cannot be made. `socket` is nonblocking. */
  explicit SocketHandover(UniqueFd socket);

  /** The address to give to libwebsockets. */
  const std::string &Address() const { return address_; }
  /** Called once `placeholder` is connected to Address(); false when the system refuses (errno). */
  bool Replace(int placeholder);

 private:
  UniqueFd socket_;
  UniqueFd listener_;
  std::string address_;
};

}  // namespace lookout
