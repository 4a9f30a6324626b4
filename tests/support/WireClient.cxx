// SPDX-License-Identifier: Apache-2.0
#include "tests/support/WireClient.hxx"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "proxy/UnixSocket.hxx"

namespace lookout {

namespace {

UniqueFd ConnectTcp(uint16_t port) {
  UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.Get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) < 0) {
    throw std::system_error(errno, std::generic_category(), "connect");
  }
  ::fcntl(socket.Get(), F_SETFL, O_NONBLOCK);
  return socket;
}

UniqueFd ConnectUnix(const std::string &path) {
  auto connect = ConnectUnixSocket(path);
  if (connect.error != 0) throw std::system_error(connect.error, std::generic_category(), "connect to " + path);
  return std::move(connect.socket);
}

}  // namespace

WireClient::WireClient(EventLoop &loop, UniqueFd socket)
    : socket_(std::move(socket)), event_(loop, [this](uint32_t events) { OnReady(events); }) {
  Watch();
}

WireClient::WireClient(EventLoop &loop, uint16_t port) : WireClient(loop, ConnectTcp(port)) {}

WireClient::WireClient(EventLoop &loop, const std::string &path) : WireClient(loop, ConnectUnix(path)) {}

void WireClient::Send(std::string_view bytes) {
  unsent_ += bytes;
  Flush();
}

void WireClient::CloseWrite() {
  closing_ = true;
  Flush();
}

void WireClient::Close(bool abort) {
  const linger at_once{1, 0};
  if (abort) ::setsockopt(socket_.Get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  event_.Stop();
  socket_.Reset();
}

void WireClient::StopReading() {
  reading_ = false;
  Watch();
}

void WireClient::StartReading() {
  reading_ = true;
  Watch();
}

void WireClient::OnReady(uint32_t events) {
  if ((events & EPOLLOUT) != 0) Flush();
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0 || eof_) return;
  std::array<char, 65536> block{};
  const auto size = ::recv(socket_.Get(), block.data(), block.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size > 0) {
    received_.append(block.data(), static_cast<size_t>(size));
    return;
  }
  eof_ = true;
  reset_ = size < 0;
  Watch();
}

void WireClient::Flush() {
  while (!unsent_.empty()) {
    const auto size = ::send(socket_.Get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN) unsent_.clear();
    if (size < 0) break;
    unsent_.erase(0, static_cast<size_t>(size));
  }
  if (closing_ && unsent_.empty()) ::shutdown(socket_.Get(), SHUT_WR);
  Watch();
}

void WireClient::Watch() {
  if (!socket_.IsOpen()) return;
  const uint32_t events = (reading_ && !eof_ ? uint32_t{EPOLLIN} : 0) | (unsent_.empty() ? 0 : uint32_t{EPOLLOUT});
  if (events == 0) {
    event_.Stop();
  } else {
    event_.Watch(socket_.Get(), events);
  }
}

}  // namespace lookout
