// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ScriptedServer.hxx"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <system_error>

#include "proxy/HttpHead.hxx"

namespace lookout {

namespace {

UniqueFd Listen(const std::string &path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy_n(path.data(), std::min(path.size(), sizeof address.sun_path - 1), address.sun_path);
  if (::bind(fd.Get(), reinterpret_cast<const sockaddr *>(&address), sizeof address) < 0 ||
      ::listen(fd.Get(), SOMAXCONN) < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot listen on " + path);
  }
  return fd;
}

}  // namespace

ScriptedServer::ScriptedServer(EventLoop &loop, std::string path, OnRequest on_request)
    : loop_(loop),
      path_(std::move(path)),
      on_request_(std::move(on_request)),
      listener_(Listen(path_)),
      event_(loop, [this](uint32_t) { Accept(); }) {
  event_.Watch(listener_.Get(), EPOLLIN);
}

ScriptedServer::~ScriptedServer() {
  Shutdown();
}

size_t ScriptedServer::Open() const {
  return static_cast<size_t>(
      std::count_if(connections_.begin(), connections_.end(), [](const auto &each) { return !each->IsClosed(); }));
}

ScriptedServer::Connection &ScriptedServer::At(size_t index) {
  return **std::next(connections_.begin(), static_cast<std::ptrdiff_t>(index));
}

void ScriptedServer::Shutdown() {
  if (!listener_.IsOpen()) return;
  event_.Stop();
  listener_.Reset();
  ::unlink(path_.c_str());
  for (const auto &connection : connections_) connection->Cut();
}

void ScriptedServer::Accept() {
  while (true) {
    UniqueFd fd(::accept4(listener_.Get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd.IsOpen()) return;
    ++accepted_;
    connections_.push_back(std::make_unique<Connection>(loop_, std::move(fd), on_request_));
  }
}

ScriptedServer::Connection::Connection(EventLoop &loop, UniqueFd fd, const OnRequest &on_request)
    : fd_(std::move(fd)), event_(loop, [this](uint32_t events) { OnReady(events); }), on_request_(on_request) {
  Watch();
}

void ScriptedServer::Connection::StopReading() {
  reading_ = false;
  Watch();
}

void ScriptedServer::Connection::StartReading() {
  reading_ = true;
  Watch();
}

void ScriptedServer::Connection::Send(std::string_view bytes) {
  unsent_ += bytes;
  Flush();
}

void ScriptedServer::Connection::FinishSending() {
  finishing_ = true;
  Flush();
}

void ScriptedServer::Connection::Cut() {
  event_.Stop();
  fd_.Reset();
  closed_ = true;
}

void ScriptedServer::Connection::OnReady(uint32_t events) {
  if ((events & EPOLLOUT) != 0) Flush();
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) Read();
}

void ScriptedServer::Connection::Read() {
  std::array<char, 65536> buffer{};
  const auto size = ::recv(fd_.Get(), buffer.data(), buffer.size(), 0);
  if (size < 0 && errno == EAGAIN) return;
  if (size == 0 && half_close_ && !eof_) {
    eof_ = true;
    StopReading();
    return;
  }
  if (size <= 0) {
    Cut();
    return;
  }
  received_.append(buffer.data(), static_cast<size_t>(size));
  received_total_ += static_cast<size_t>(size);
  while (parsing_ && !closed_) {
    const auto end = received_.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string head = received_.substr(0, end + 4);
    received_.erase(0, end + 4);
    on_request_(*this, head);
  }
}

void ScriptedServer::Connection::Flush() {
  while (!unsent_.empty() && fd_.IsOpen()) {
    const auto size = ::send(fd_.Get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
    if (size < 0) {
      if (errno != EAGAIN) Cut();
      break;
    }
    unsent_.erase(0, static_cast<size_t>(size));
  }
  if (finishing_ && unsent_.empty() && fd_.IsOpen()) ::shutdown(fd_.Get(), SHUT_WR);
  Watch();
}

void ScriptedServer::Connection::Watch() {
  if (!fd_.IsOpen()) return;
  event_.Watch(fd_.Get(), (reading_ ? uint32_t{EPOLLIN} : 0) | (unsent_.empty() ? 0 : uint32_t{EPOLLOUT}));
}

std::string HttpReply(int status, std::string_view body, std::string_view more_headers) {
  return fmt::format("HTTP/1.1 {} {}\r\nContent-Length: {}\r\n{}\r\n{}", status, ReasonPhrase(status), body.size(),
                     more_headers, body);
}

}  // namespace lookout
