// SPDX-License-Identifier: Apache-2.0
#include "base/SignalEvent.hxx"

#include <pthread.h>
#include <sys/signalfd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

namespace lookout {

SignalEvent::SignalEvent(EventLoop &loop, std::initializer_list<int> signals, std::function<void(int)> on_signal)
    : on_signal_(std::move(on_signal)), event_(loop, [this](uint32_t) { OnReady(); }) {
  sigset_t mask;
  sigemptyset(&mask);
  for (const int signal : signals) sigaddset(&mask, signal);
  ::pthread_sigmask(SIG_BLOCK, &mask, nullptr);
  fd_.Reset(::signalfd(-1, &mask, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd_.IsOpen()) throw std::system_error(errno, std::generic_category(), "cannot watch signals (signalfd)");
  event_.Watch(fd_.Get(), EPOLLIN);
}

void SignalEvent::OnReady() {
  signalfd_siginfo info{};
  while (::read(fd_.Get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    on_signal_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace lookout
