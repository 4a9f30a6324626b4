// SPDX-License-Identifier: Apache-2.0
#include "tunnel/ProxyTunnel.hxx"

#include <fmt/core.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "base/Base64.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

/** Proxies answer with a page of a few KiB at most; its head is all that matters. */
constexpr size_t kMaxHead = 16 * 1024;

std::string MakeRequest(const ProxyUrl &proxy, const std::string &target) {
  auto request = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
  if (proxy.has_credentials) {
    request += fmt::format("Proxy-Authorization: Basic {}\r\n", Base64Encode(proxy.user + ":" + proxy.password));
  }
  return request + "\r\n";
}

/** The status of "HTTP/1.x NNN ...", or 0. */
int ReadStatus(std::string_view line) {
  if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return 0;
  if (line.size() > 12 && line[12] != ' ') return 0;
  const auto status = ParseInt(line.substr(9, 3));
  return status && *status >= 100 && *status <= 599 ? static_cast<int>(*status) : 0;
}

}  // namespace

ProxyTunnel::ProxyTunnel(EventLoop &loop, UniqueFd proxy_fd, const ProxyUrl &proxy, const std::string &target,
                         Done done)
    : proxy_name_(proxy.Authority()),
      target_(target),
      has_credentials_(proxy.has_credentials),
      done_(std::move(done)),
      fd_(std::move(proxy_fd)),
      unsent_(MakeRequest(proxy, target)),
      event_(loop, [this](uint32_t events) { OnReady(events); }) {
  event_.Watch(fd_.Get(), EPOLLIN | EPOLLOUT);
}

void ProxyTunnel::OnReady(uint32_t events) {
  if (!unsent_.empty() && (events & EPOLLOUT) != 0) return Write();
  Read();
}

void ProxyTunnel::Write() {
  const auto sent = ::send(fd_.Get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
  if (sent < 0) {
    if (errno == EAGAIN) return;
    return Finish(Fail(fmt::format("proxy {}: {}", proxy_name_, std::strerror(errno))));
  }
  unsent_.erase(0, static_cast<size_t>(sent));
  if (unsent_.empty()) event_.Watch(fd_.Get(), EPOLLIN);
}

void ProxyTunnel::Read() {
  std::array<char, 4096> chunk;
  const auto count = ::recv(fd_.Get(), chunk.data(), chunk.size(), 0);
  if (count < 0) {
    if (errno == EAGAIN) return;
    return Finish(Fail(fmt::format("proxy {}: {}", proxy_name_, std::strerror(errno))));
  }
  if (count == 0) {
    return Finish(
        Fail(fmt::format("proxy {} closed the connection instead of answering CONNECT {}", proxy_name_, target_)));
  }
  received_.append(chunk.data(), static_cast<size_t>(count));
  const auto end = received_.find("\r\n\r\n");
  if (end != std::string::npos) {
    OnHead(received_);
  } else if (received_.size() > kMaxHead) {
    Finish(Fail(fmt::format("proxy {} answered CONNECT with endless headers; is it an HTTP proxy?", proxy_name_)));
  }
}

void ProxyTunnel::OnHead(std::string_view head) {
  const auto status_line = head.substr(0, head.find("\r\n"));
  const int status = ReadStatus(status_line);
  if (status < 200 || status > 299) return Finish(Fail(Explain(status, status_line)));
  if (!head.ends_with("\r\n\r\n") || head.find("\r\n\r\n") != head.size() - 4) {
    // The peer of a tunnel to a web server speaks second, so whoever wrote this is not behind the tunnel.
    return Finish(Fail(fmt::format("proxy {} sent data of its own into the tunnel to {}", proxy_name_, target_)));
  }
  Finish(std::move(fd_));
}

std::string ProxyTunnel::Explain(int status, std::string_view status_line) const {
  if (status == 407 && has_credentials_) {
    return fmt::format("proxy {} refused the user name and password (HTTP 407)", proxy_name_);
  }
  if (status == 407) {
    return fmt::format("proxy {} asks for a user name and password (HTTP 407); write http://user:password@{}",
                       proxy_name_, proxy_name_);
  }
  if (status == 0) {
    return fmt::format("proxy {} did not answer as an HTTP proxy: \"{}\"", proxy_name_, Printable(status_line, 80));
  }
  return fmt::format("proxy {} refused a tunnel to {}: \"{}\"", proxy_name_, target_, Printable(status_line, 80));
}

void ProxyTunnel::Finish(Result<UniqueFd> result) {
  event_.Stop();
  if (!result) fd_.Reset();
  const auto done = std::move(done_);
  done(std::move(result));
}

}  // namespace lookout
