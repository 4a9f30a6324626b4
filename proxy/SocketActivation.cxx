// SPDX-License-Identifier: Apache-2.0
#include "proxy/SocketActivation.hxx"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr int kFirst = 3;
/** systemd passes as many as a unit names; this keeps a garbled number from closing what is not ours. */
constexpr int64_t kMost = 64;

std::optional<int64_t> ReadNumber(const char *name) {
  const char *const text = std::getenv(name);
  return text == nullptr ? std::nullopt : ParseInt(text);
}

bool HasOption(int socket, int option, int wanted) {
  int value = 0;
  socklen_t size = sizeof value;
  return ::getsockopt(socket, SOL_SOCKET, option, &value, &size) == 0 && value == wanted;
}

UniqueFd Adopt(int number) {
  const auto refuse = [number](const std::string &why) {
    throw std::runtime_error("socket activation: descriptor " + std::to_string(number) + " " + why);
  };
  if (::fcntl(number, F_GETFD) < 0) refuse("is not open");
  UniqueFd socket(number);
  if (!HasOption(number, SO_TYPE, SOCK_STREAM) || !HasOption(number, SO_ACCEPTCONN, 1)) {
    refuse("is not a listening stream socket: use ListenStream= and Accept=no in the socket unit");
  }
  ::fcntl(number, F_SETFD, FD_CLOEXEC);
  ::fcntl(number, F_SETFL, ::fcntl(number, F_GETFL) | O_NONBLOCK);
  return socket;
}

}  // namespace

std::vector<UniqueFd> TakeActivatedSockets() {
  const auto process = ReadNumber("LISTEN_PID");
  const auto count = ReadNumber("LISTEN_FDS");
  for (const auto *const name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}) ::unsetenv(name);
  std::vector<UniqueFd> sockets;
  if (process != ::getpid() || !count) return sockets;
  if (*count < 0 || *count > kMost) throw std::runtime_error("socket activation: LISTEN_FDS is not a number up to 64");
  for (int i = 0; i < *count; ++i) sockets.push_back(Adopt(kFirst + i));
  return sockets;
}

}  // namespace lookout
