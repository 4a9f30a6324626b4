// SPDX-License-Identifier: Apache-2.0
#include "proxy/SocketStream.hxx"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>

namespace lookout {

namespace {

IoResult FromReturn(ssize_t size) {
  if (size > 0) return {IoResult::State::Done, static_cast<size_t>(size), 0};
  if (errno == EAGAIN || errno == EINTR) return {IoResult::State::Wait, 0, 0};
  return {IoResult::State::Error, 0, errno};
}

}  // namespace

void SetTcpOptions(int socket) {
  const auto set = [socket](int level, int name, int value) {
    ::setsockopt(socket, level, name, &value, sizeof value);
  };
  constexpr int kKeepAliveIdle = 60;
  constexpr int kKeepAliveInterval = 15;
  constexpr int kKeepAliveCount = 4;
  set(IPPROTO_TCP, TCP_NODELAY, 1);
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  set(IPPROTO_TCP, TCP_KEEPIDLE, kKeepAliveIdle);
  set(IPPROTO_TCP, TCP_KEEPINTVL, kKeepAliveInterval);
  set(IPPROTO_TCP, TCP_KEEPCNT, kKeepAliveCount);
}

SocketStream::SocketStream(EventLoop &loop, UniqueFd socket)
    : socket_(std::move(socket)), event_(loop, [this](uint32_t events) { OnEvent(events); }) {}

void SocketStream::OnEvent(uint32_t events) {
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if (wants_any_) return user_->OnReady(broken || (events & EPOLLIN) != 0, broken || (events & EPOLLOUT) != 0);
  // A hang-up is reported for as long as anything is watched: with nobody to act on it the loop would spin.
  hung_up_ = true;
  event_.Stop();
  user_->OnHangUp();
}

IoResult SocketStream::Read(std::span<char> out) {
  const auto size = ::recv(socket_.Get(), out.data(), out.size(), 0);
  if (size == 0) return {IoResult::State::End, 0, 0};
  return FromReturn(size);
}

IoResult SocketStream::Write(std::string_view bytes) {
  return FromReturn(::send(socket_.Get(), bytes.data(), bytes.size(), MSG_NOSIGNAL));
}

void SocketStream::CloseWrite() {
  ::shutdown(socket_.Get(), SHUT_WR);
}

void SocketStream::Want(bool read, bool write) {
  wants_any_ = read || write;
  if (wants_any_ || !hung_up_) event_.Watch(socket_.Get(), (read ? EPOLLIN : 0U) | (write ? EPOLLOUT : 0U));
}

void SocketStream::MakeAbortive() {
  const linger at_once{1, 0};
  ::setsockopt(socket_.Get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace lookout
