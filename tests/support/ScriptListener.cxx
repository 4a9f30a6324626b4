// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ScriptListener.hxx"

#include <arpa/inet.h>
#include <fmt/core.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace lookout {

void ScriptListener::ContextDeleter::operator()(SSL_CTX *context) const {
  SSL_CTX_free(context);
}

ScriptListener::ScriptListener(Script script, const std::string &host, const TestCertificate *tls)
    : script_(std::move(script)), host_(host) {
  sockaddr_in6 ipv6{};
  sockaddr_in ipv4{};
  // OpenSSL writes with write(2).
  if (std::signal(SIGPIPE, SIG_IGN) == SIG_ERR) throw std::runtime_error("cannot ignore SIGPIPE");
  const bool is_ipv6 = inet_pton(AF_INET6, host.c_str(), &ipv6.sin6_addr) == 1;
  ipv6.sin6_family = AF_INET6;
  ipv4.sin_family = AF_INET;
  inet_pton(AF_INET, host.c_str(), &ipv4.sin_addr);
  auto *const address = is_ipv6 ? reinterpret_cast<sockaddr *>(&ipv6) : reinterpret_cast<sockaddr *>(&ipv4);
  socklen_t size = is_ipv6 ? sizeof ipv6 : sizeof ipv4;
  listener_.Reset(::socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::bind(listener_.Get(), address, size) < 0 || ::listen(listener_.Get(), 16) < 0 ||
      ::getsockname(listener_.Get(), address, &size) < 0) {
    throw std::system_error(errno, std::generic_category(), host);
  }
  port_ = ntohs(is_ipv6 ? ipv6.sin6_port : ipv4.sin_port);
  if (tls != nullptr) {
    tls_.reset(SSL_CTX_new(TLS_server_method()));
    SSL_CTX_use_certificate(tls_.get(), tls->certificate.get());
    SSL_CTX_use_PrivateKey(tls_.get(), tls->key.get());
  }
  acceptor_ = std::thread([this] { AcceptAll(); });
}

ScriptListener::~ScriptListener() {
  ::shutdown(listener_.Get(), SHUT_RDWR);
  acceptor_.join();
  std::unique_lock lock(mutex_);
  for (const int fd : open_fds_) ::shutdown(fd, SHUT_RDWR);
  idle_.wait(lock, [this] { return open_fds_.empty(); });
}

std::string ScriptListener::Authority() const {
  return host_.find(':') == std::string::npos ? fmt::format("{}:{}", host_, port_)
                                              : fmt::format("[{}]:{}", host_, port_);
}

void ScriptListener::AcceptAll() {
  while (true) {
    UniqueFd fd(::accept4(listener_.Get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd.IsOpen()) return;
    ++accepted_;
    const std::lock_guard lock(mutex_);
    open_fds_.insert(fd.Get());
    std::thread([this, number = fd.Release()] { Serve(UniqueFd(number)); }).detach();
  }
}

void ScriptListener::Serve(UniqueFd fd) {
  const int number = fd.Get();
  ScriptPeer peer(std::move(fd));
  if (tls_ == nullptr || peer.StartTls(tls_.get())) script_(peer);
  // Forgotten before it is closed: the number may be used again at once.
  const std::lock_guard lock(mutex_);
  open_fds_.erase(number);
  peer.Close();
  idle_.notify_all();
}

}  // namespace lookout
