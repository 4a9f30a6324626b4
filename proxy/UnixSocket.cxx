// SPDX-License-Identifier: Apache-2.0
#include "proxy/UnixSocket.hxx"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace lookout {

std::optional<sockaddr_un> MakeUnixAddress(const std::string &path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
  address.sun_family = AF_UNIX;
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

UnixConnect ConnectUnixSocket(const std::string &path) {
  const auto address = MakeUnixAddress(path);
  if (!address) return {UniqueFd(), ENAMETOOLONG};
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.IsOpen()) return {UniqueFd(), errno};
  const auto *const generic = reinterpret_cast<const sockaddr *>(&*address);
  if (::connect(socket.Get(), generic, sizeof *address) < 0) return {UniqueFd(), errno};
  return {std::move(socket), 0};
}

}  // namespace lookout
