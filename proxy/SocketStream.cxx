// SPDX-License-Identifier: Apache-2.0
#include "proxy/SocketStream.hxx"

#include <poll.h>
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

SocketStream::SocketStream(EventLoop &loop, UniqueFd socket)
    : socket_(std::move(socket)), event_(loop, [this](uint32_t events) { OnEvent(events); }) {}

void SocketStream::OnEvent(uint32_t events) {
  const bool broken = (events & (EPOLLERR | EPOLLHUP)) != 0;
  user_->OnReady(broken || (events & EPOLLIN) != 0, broken || (events & EPOLLOUT) != 0);
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
  // A hang-up is reported as long as anything is watched; without a reader it would only make the loop spin.
  if (!read && !write) return event_.Stop();
  event_.Watch(socket_.Get(), (read ? EPOLLIN : 0U) | (write ? EPOLLOUT : 0U));
}

bool SocketStream::IsHungUp() const {
  pollfd state{socket_.Get(), 0, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

void SocketStream::MakeAbortive() {
  const linger at_once{1, 0};
  ::setsockopt(socket_.Get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

}  // namespace lookout
