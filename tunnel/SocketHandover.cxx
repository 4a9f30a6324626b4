// SPDX-License-Identifier: Apache-2.0
#include "tunnel/SocketHandover.hxx"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <system_error>

namespace lookout {

SocketHandover::SocketHandover(UniqueFd socket)
    : socket_(std::move(socket)), listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  // Without a name the kernel picks a free abstract one (unix(7), autobind).
  socklen_t size = sizeof name.sun_family;
  auto *const address = reinterpret_cast<sockaddr *>(&name);
  bool ready = listener_.IsOpen() && ::bind(listener_.Get(), address, size) == 0;
  size = sizeof name;
  ready = ready && ::listen(listener_.Get(), 1) == 0 && ::getsockname(listener_.Get(), address, &size) == 0;
  if (!ready) throw std::system_error(errno, std::generic_category(), "cannot make a local socket");
  // Libwebsockets writes '+' for a unix socket and '@' for the NUL in front of an abstract name.
  address_ = "+@" + std::string(name.sun_path + 1, size - sizeof name.sun_family - 1);
}

bool SocketHandover::Replace(int placeholder) {
  const bool done = ::dup3(socket_.Get(), placeholder, O_CLOEXEC) >= 0;
  socket_.Reset();
  listener_.Reset();
  return done;
}

}  // namespace lookout
