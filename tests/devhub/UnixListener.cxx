// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/UnixListener.hxx"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace lookout::devhub {

UniqueFd ListenUnix(const std::string &path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error("socket path too long: " + path);
  path.copy(address.sun_path, path.size());
  ::unlink(path.c_str());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.IsOpen() || ::bind(fd.Get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) < 0 ||
      ::listen(fd.Get(), 128) < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot listen on " + path);
  }
  return fd;
}

}  // namespace lookout::devhub
