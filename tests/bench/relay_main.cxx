// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <exception>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/Strings.hxx"
#include "base/UniqueFd.hxx"
#include "proxy/UnixSocket.hxx"

/**
 * bench_relay PORT SOCKET
 *
 * The least that can stand between a client and the engine: takes one connection after the other on that port of
 * loopback and copies bytes between it and the unix socket, without looking at them, until one side ends.
 */
namespace lookout::bench {

namespace {

void Check(ssize_t result, const char *what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
}

UniqueFd Listen(std::string_view port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(ParseInt(port).value_or(0)));
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int yes = 1;
  Check(::setsockopt(fd.Get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes), "SO_REUSEADDR");
  Check(::bind(fd.Get(), reinterpret_cast<const sockaddr *>(&address), sizeof address), "cannot bind");
  Check(::listen(fd.Get(), SOMAXCONN), "cannot listen");
  return fd;
}

/** Copies what one read brings; false at the end of either side. */
bool CopyOnce(int from, int to, std::vector<char> &buffer) {
  const ssize_t size = ::recv(from, buffer.data(), buffer.size(), 0);
  for (ssize_t done = 0; done < size;) {
    const ssize_t sent = ::send(to, buffer.data() + done, static_cast<size_t>(size - done), MSG_NOSIGNAL);
    if (sent < 0) return false;
    done += sent;
  }
  return size > 0;
}

void Relay(int client, int engine) {
  std::vector<char> buffer(64 * 1024);
  std::array<pollfd, 2> polls{{{client, POLLIN, 0}, {engine, POLLIN, 0}}};
  for (bool is_open = true; is_open;) {
    Check(::poll(polls.data(), polls.size(), -1), "poll");
    if (polls[0].revents != 0) is_open = CopyOnce(client, engine, buffer);
    if (is_open && polls[1].revents != 0) is_open = CopyOnce(engine, client, buffer);
  }
}

void Run(std::string_view port, const std::string &socket_path) {
  const UniqueFd listener = Listen(port);
  while (true) {
    const UniqueFd client(::accept4(listener.Get(), nullptr, nullptr, SOCK_CLOEXEC));
    Check(client.Get(), "cannot accept");
    const UnixConnect engine = ConnectUnixSocket(socket_path);
    if (!engine.socket.IsOpen()) throw std::system_error(engine.error, std::generic_category(), socket_path);
    Relay(client.Get(), engine.socket.Get());
  }
}

}  // namespace

}  // namespace lookout::bench

int main(int argc, char **argv) {
  try {
    if (argc != 3) throw std::runtime_error("usage: bench_relay PORT SOCKET");
    lookout::bench::Run(argv[1], argv[2]);
    return 0;
  } catch (const std::exception &error) {
    fmt::print(stderr, "bench_relay: {}\n", error.what());
    return 1;
  }
}
