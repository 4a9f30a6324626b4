// SPDX-License-Identifier: Apache-2.0
#include "base/ServiceNotifier.hxx"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <system_error>

#include "base/Strings.hxx"

namespace lookout {

namespace {

std::string ReadVariable(const char *name) {
  const char *const text = std::getenv(name);
  return text == nullptr ? std::string() : std::string(text);
}

/** The manager compares it with its own clock, which is not the one that tests move. */
int64_t MonotonicMicros() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1'000;
}

UniqueFd Connect(const std::string &name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool is_name = name[0] == '/' || name[0] == '@';
  if (!is_name || name.size() < 2 || name.size() >= sizeof address.sun_path) {
    throw std::runtime_error(fmt::format("NOTIFY_SOCKET: '{}' is not the address of a unix socket", name));
  }
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name[0] == '@') address.sun_path[0] = '\0';
  UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.IsOpen()) throw std::system_error(errno, std::generic_category(), "NOTIFY_SOCKET");
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (::connect(socket.Get(), reinterpret_cast<const sockaddr *>(&address), size) != 0) {
    throw std::system_error(errno, std::generic_category(), fmt::format("NOTIFY_SOCKET '{}'", name));
  }
  return socket;
}

}  // namespace

ServiceEnvironment TakeServiceEnvironment() {
  ServiceEnvironment environment;
  environment.socket = ReadVariable("NOTIFY_SOCKET");
  const auto process = ReadVariable("WATCHDOG_PID");
  const auto interval = ParseInt(ReadVariable("WATCHDOG_USEC"));
  if (interval && *interval > 0 && (process.empty() || ParseInt(process) == ::getpid())) {
    environment.watchdog = std::chrono::microseconds(*interval);
  }
  for (const auto *const name : {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC"}) ::unsetenv(name);
  return environment;
}

ServiceNotifier::ServiceNotifier(EventLoop &loop, ServiceEnvironment environment)
    : environment_(std::move(environment)), watchdog_(loop, [this] { Feed(); }) {
  if (!environment_.socket.empty()) socket_ = Connect(environment_.socket);
}

void ServiceNotifier::Ready() {
  Send("READY=1\nSTATUS=" + status_);
  if (environment_.watchdog.count() > 0) Feed();
}

void ServiceNotifier::Status(std::string_view text) {
  if (text == status_) return;
  status_ = text;
  Send("STATUS=" + status_);
}

void ServiceNotifier::Reloading() {
  Send(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", MonotonicMicros()));
}

void ServiceNotifier::Stopping() {
  Send("STOPPING=1");
}

void ServiceNotifier::Feed() {
  Send("WATCHDOG=1");
  watchdog_.Arm(std::chrono::duration_cast<Duration>(environment_.watchdog / 2));
}

void ServiceNotifier::Send(std::string_view state) const {
  if (socket_.IsOpen()) ::send(socket_.Get(), state.data(), state.size(), MSG_NOSIGNAL);
}

}  // namespace lookout
