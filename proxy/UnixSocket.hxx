// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/un.h>

#include <optional>
#include <string>

#include "base/UniqueFd.hxx"

namespace lookout {

/** The address of a socket in the file system; nullopt when the path is empty or over 107 bytes. */
std::optional<sockaddr_un> MakeUnixAddress(const std::string &path);

struct UnixConnect {
  UniqueFd socket;  // non-blocking
  int error = 0;    // errno when there is no socket; EAGAIN: the other side's queue is full, try again
};

/** Connects to a unix socket, which never has to wait. */
UnixConnect ConnectUnixSocket(const std::string &path);

}  // namespace lookout
