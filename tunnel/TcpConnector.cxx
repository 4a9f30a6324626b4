// SPDX-License-Identifier: Apache-2.0
#include "tunnel/TcpConnector.hxx"

#include <fmt/core.h>
#include <linux/tcp.h>
#include <netinet/in.h>

#include <cerrno>
#include <cstring>

namespace lookout {

namespace {

constexpr std::chrono::milliseconds kStagger{250};

/**
 * Unsent bytes that may wait in the kernel. Without a limit megabytes do, and small answers stand in line behind them;
 * less than one frame of a stream keeps the line full, and the next frame to go is chosen late.
 */
constexpr int kUnsentLimit = 32 * 1024;

void SetOption(int fd, int name, int value) {
  // Best effort: each of them only makes things faster.
  ::setsockopt(fd, IPPROTO_TCP, name, &value, sizeof value);
}

}  // namespace

struct TcpConnector::Attempt {
  Attempt(TcpConnector &owner, const SocketAddress &target)
      : address(target), event(owner.loop_, [this, &owner](uint32_t) { owner.OnReady(*this); }) {}

  const SocketAddress address;
  UniqueFd fd;
  FdEvent event;
};

TcpConnector::TcpConnector(EventLoop &loop, std::vector<SocketAddress> addresses, Done done)
    : loop_(loop),
      addresses_(std::move(addresses)),
      done_(std::move(done)),
      start_(loop, [this] { StartNext(); }),
      stagger_(loop, [this] { StartNext(); }) {
  start_.Schedule();
}

TcpConnector::~TcpConnector() = default;

void TcpConnector::StartNext() {
  while (next_ < addresses_.size() && !TryConnect(addresses_[next_++])) continue;
  if (failed_ == addresses_.size()) {
    Finish(Fail(std::move(failures_)));
  } else if (next_ < addresses_.size()) {
    stagger_.Arm(kStagger);
  }
}

bool TcpConnector::TryConnect(const SocketAddress &address) {
  Attempt &attempt = attempts_.emplace_back(*this, address);
  attempt.fd.Reset(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (attempt.fd.IsOpen()) {
    SetOption(attempt.fd.Get(), TCP_NODELAY, 1);
    SetOption(attempt.fd.Get(), TCP_NOTSENT_LOWAT, kUnsentLimit);
    if (::connect(attempt.fd.Get(), address.Get(), address.size) == 0 || errno == EINPROGRESS) {
      attempt.event.Watch(attempt.fd.Get(), EPOLLOUT);
      return true;
    }
  }
  OnFailed(address, errno);
  attempts_.pop_back();
  return false;
}

void TcpConnector::OnReady(Attempt &attempt) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(attempt.fd.Get(), SOL_SOCKET, SO_ERROR, &error, &size);
  attempt.event.Stop();
  if (error == 0) return Finish(TcpConnection{std::move(attempt.fd), attempt.address});
  attempt.fd.Reset();
  OnFailed(attempt.address, error);
  StartNext();
}

void TcpConnector::OnFailed(const SocketAddress &address, int error) {
  ++failed_;
  if (!failures_.empty()) failures_ += "; ";
  failures_ += fmt::format("{}: {}", address.ToString(), std::strerror(error));
}

void TcpConnector::Finish(Result<TcpConnection> result) {
  stagger_.Cancel();
  // Not destroyed: one of them may be what called us.
  for (auto &attempt : attempts_) {
    attempt.event.Stop();
    attempt.fd.Reset();
  }
  const auto done = std::move(done_);
  done(std::move(result));
}

}  // namespace lookout
