// SPDX-License-Identifier: Apache-2.0
#include "proxy/ListenSocket.hxx"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>

#include "base/IpAddress.hxx"
#include "base/Strings.hxx"
#include "proxy/UnixSocket.hxx"

namespace lookout {

namespace {

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;

  sockaddr *Get() { return reinterpret_cast<sockaddr *>(&bytes); }
  template <typename T>
  T &As() {
    size = sizeof(T);
    return reinterpret_cast<T &>(bytes);
  }
};

std::optional<Address> ParseAddress(std::string text, uint16_t port) {
  if (text.starts_with('[') && text.ends_with(']')) text = text.substr(1, text.size() - 2);
  Address address;
  auto &v4 = address.As<sockaddr_in>();
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    return address;
  }
  auto &v6 = address.As<sockaddr_in6>();
  v6 = {};
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) != 1) return std::nullopt;
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  return address;
}

/** The socket, or errno. */
int TryListen(Address &address, UniqueFd &socket) {
  socket.Reset(::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket.IsOpen()) return errno;
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket.Get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (address.bytes.ss_family == AF_INET6) {
    ::setsockopt(socket.Get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  }
  if (::bind(socket.Get(), address.Get(), address.size) < 0) return errno;
  return ::listen(socket.Get(), SOMAXCONN) < 0 ? errno : 0;
}

[[noreturn]] void Refuse(const std::string &where, const std::string &why) {
  throw std::runtime_error("cannot listen on " + where + ": " + why);
}

/** Removes a socket file that nobody listens on; throws when there is anything else. */
void RemoveStaleSocket(const std::string &path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) < 0) {
    if (errno == ENOENT) return;
    Refuse(path, std::generic_category().message(errno));
  }
  if (!S_ISSOCK(info.st_mode)) Refuse(path, "there is a file of that name which is not a socket");
  const auto probe = ConnectUnixSocket(path);
  if (probe.error != ECONNREFUSED) Refuse(path, "another process listens there already");
  if (::unlink(path.c_str()) < 0)
    Refuse(path, "cannot remove the stale socket: " + std::generic_category().message(errno));
}

/** A socket that listens on "::" shows IPv4 peers as IPv6 ones. */
void UnmapIpv4(Address &address) {
  if (address.bytes.ss_family != AF_INET6) return;
  const auto v6 = address.As<sockaddr_in6>();
  if (!IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return;
  constexpr size_t kPrefix = 12;
  auto &v4 = address.As<sockaddr_in>();
  v4 = {};
  v4.sin_family = AF_INET;
  v4.sin_port = v6.sin6_port;
  std::memcpy(&v4.sin_addr, &v6.sin6_addr.s6_addr[kPrefix], sizeof v4.sin_addr);
}

/** The IP address alone, "" when it is none. */
std::string HostOf(Address &address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.bytes.ss_family == AF_INET) {
    ::inet_ntop(AF_INET, &address.As<sockaddr_in>().sin_addr, text.data(), text.size());
  } else if (address.bytes.ss_family == AF_INET6) {
    ::inet_ntop(AF_INET6, &address.As<sockaddr_in6>().sin6_addr, text.data(), text.size());
  }
  return text.data();
}

std::string Describe(Address &address) {
  const auto host = HostOf(address);
  if (address.bytes.ss_family == AF_INET) {
    return host + ":" + std::to_string(ntohs(address.As<sockaddr_in>().sin_port));
  }
  if (address.bytes.ss_family == AF_INET6) {
    return "[" + host + "]:" + std::to_string(ntohs(address.As<sockaddr_in6>().sin6_port));
  }
  const auto *const path = address.As<sockaddr_un>().sun_path;
  return *path == '\0' ? "unix socket" : path;
}

Address LocalAddress(int socket) {
  Address address;
  address.size = sizeof address.bytes;
  ::getsockname(socket, address.Get(), &address.size);
  return address;
}

}  // namespace

UniqueFd MakeTcpListenSocket(const std::string &address, uint16_t port) {
  const std::string where = (address.empty() ? "port " : address + " port ") + std::to_string(port);
  auto parsed = ParseAddress(address.empty() ? "::" : address, port);
  if (!parsed) Refuse(where, "not an IP address: " + Printable(address));
  UniqueFd socket;
  int error = TryListen(*parsed, socket);
  if (error == EAFNOSUPPORT && address.empty()) {
    parsed = ParseAddress("0.0.0.0", port);
    error = TryListen(*parsed, socket);
  }
  if (error == EADDRINUSE) Refuse(where, "the port is in use by another process");
  if (error == EADDRNOTAVAIL) Refuse(where, "this host has no such address");
  if (error != 0) Refuse(where, std::generic_category().message(error));
  return socket;
}

UniqueFd MakeUnixListenSocket(const std::string &path, mode_t mode) {
  auto address = MakeUnixAddress(path);
  if (!address) Refuse(path, "the path of a unix socket must have 1 to 107 bytes");
  RemoveStaleSocket(path);
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  auto *const generic = reinterpret_cast<sockaddr *>(&*address);
  // The mode is set between bind and listen, so that nobody can connect while it is still the default.
  if (!socket.IsOpen() || ::bind(socket.Get(), generic, sizeof *address) < 0 || ::chmod(path.c_str(), mode) < 0 ||
      ::listen(socket.Get(), SOMAXCONN) < 0) {
    Refuse(path, std::generic_category().message(errno));
  }
  return socket;
}

std::string DescribeLocalAddress(int socket) {
  auto address = LocalAddress(socket);
  return Describe(address);
}

PeerName DescribePeer(int socket) {
  Address address;
  address.size = sizeof address.bytes;
  if (::getpeername(socket, address.Get(), &address.size) < 0) return {"unknown", ""};
  UnmapIpv4(address);
  return {Describe(address), HostOf(address)};
}

bool IsLocalSocket(int socket) {
  auto address = LocalAddress(socket);
  if (address.bytes.ss_family == AF_UNIX) return true;
  const auto host = IpAddress::Parse(HostOf(address));
  return host && host->IsLoopback();
}

uint16_t LocalPort(int socket) {
  auto address = LocalAddress(socket);
  if (address.bytes.ss_family == AF_INET) return ntohs(address.As<sockaddr_in>().sin_port);
  if (address.bytes.ss_family == AF_INET6) return ntohs(address.As<sockaddr_in6>().sin6_port);
  return 0;
}

}  // namespace lookout
