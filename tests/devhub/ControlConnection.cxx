// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/ControlConnection.hxx"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "tests/devhub/ControlServer.hxx"

namespace lookout::devhub {

ControlConnection::ControlConnection(EventLoop &loop, ControlServer &server, ClientId client, UniqueFd fd)
    : server_(server), client_(client), fd_(std::move(fd)), event_(loop, [this](uint32_t events) { OnReady(events); }) {
  Watch();
}

void ControlConnection::Watch() {
  event_.Watch(fd_.Get(), outgoing_.empty() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

Flow ControlConnection::Write(std::string_view line) {
  if (!event_.IsWatching()) return Flow::Go;
  outgoing_.append(line);
  outgoing_ += '\n';
  Watch();
  waiting_ = waiting_ || outgoing_.size() > kHighWater;
  return waiting_ ? Flow::Wait : Flow::Go;
}

void ControlConnection::OnReady(uint32_t events) {
  if ((events & EPOLLOUT) != 0 && !WriteSome()) return End();
  if ((events & ~static_cast<uint32_t>(EPOLLOUT)) != 0 && !ReadSome()) return End();
}

bool ControlConnection::ReadSome() {
  std::array<char, 65536> buffer;
  const ssize_t size = ::recv(fd_.Get(), buffer.data(), buffer.size(), 0);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  incoming_.append(buffer.data(), static_cast<size_t>(size));
  RunLines();
  return incoming_.size() <= kMaxLine;
}

void ControlConnection::RunLines() {
  size_t begin = 0;
  for (size_t end; (end = incoming_.find('\n', begin)) != std::string::npos; begin = end + 1) {
    server_.OnLine(client_, std::string_view(incoming_).substr(begin, end - begin));
  }
  incoming_.erase(0, begin);
}

bool ControlConnection::WriteSome() {
  const ssize_t size = ::send(fd_.Get(), outgoing_.data(), outgoing_.size(), MSG_NOSIGNAL);
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  outgoing_.erase(0, static_cast<size_t>(size));
  Watch();
  if (outgoing_.empty() && waiting_) {
    waiting_ = false;
    server_.OnDrained(client_);
  }
  return true;
}

void ControlConnection::End() {
  event_.Stop();
  server_.OnGone(client_);
}

}  // namespace lookout::devhub
