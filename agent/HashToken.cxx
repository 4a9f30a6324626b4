// SPDX-License-Identifier: Apache-2.0
#include "agent/HashToken.hxx"

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "auth/Argon2.hxx"
#include "auth/Secret.hxx"
#include "base/Strings.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxToken = 64 * 1024;

/**
 * As long as it lives, the terminal does not show what is typed, and signals that end the process wait: they end it
 * when the terminal is as it was.
 */
class HiddenTyping {
 public:
  HiddenTyping() {
    sigemptyset(&signals_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP}) sigaddset(&signals_, signal);
    ::sigprocmask(SIG_BLOCK, &signals_, &mask_before_);
    pending_.Reset(::signalfd(-1, &signals_, SFD_CLOEXEC));
    ::tcgetattr(STDIN_FILENO, &before_);
    auto hidden = before_;
    hidden.c_lflag = (hidden.c_lflag & ~tcflag_t{ECHO}) | ECHONL;
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  ~HiddenTyping() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    ::sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
  }
  HiddenTyping(const HiddenTyping &) = delete;
  HiddenTyping &operator=(const HiddenTyping &) = delete;

  /** False when a signal came first. */
  bool WaitForInput() const {
    std::array<pollfd, 2> watched = {{{STDIN_FILENO, POLLIN, 0}, {pending_.Get(), POLLIN, 0}}};
    while (::poll(watched.data(), watched.size(), -1) < 0) {
      if (errno != EINTR) return true;  // then read() says what is wrong
    }
    return watched[1].revents == 0;
  }

 private:
  sigset_t signals_{};
  sigset_t mask_before_{};
  UniqueFd pending_;
  termios before_{};
};

/** Up to the end of the line or of the input, and what has come with it. */
Result<Secret> ReadInput() {
  auto buffer = Secret::OfSize(kMaxToken + 1);
  size_t filled = 0;
  while (filled < buffer.Bytes().size()) {
    const ssize_t count = ::read(STDIN_FILENO, buffer.Bytes().data() + filled, buffer.Bytes().size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Fail(fmt::format("cannot read standard input: {}", std::strerror(errno)));
    const auto piece = buffer.Reveal().substr(filled, static_cast<size_t>(count));
    filled += piece.size();
    if (piece.empty() || piece.find('\n') != std::string_view::npos) break;
  }
  return Secret(buffer.Reveal().substr(0, filled));
}

Result<Secret> AskForLine() {
  const HiddenTyping hidden;
  fmt::print(stderr, "Enter token: ");
  if (!hidden.WaitForInput()) return Fail("interrupted");
  return ReadInput();
}

Result<Secret> ReadToken() {
  auto input = ::isatty(STDIN_FILENO) == 1 ? AskForLine() : ReadInput();
  if (!input) return input;
  const auto line = input->Reveal().substr(0, input->Reveal().find('\n'));
  if (line.size() > kMaxToken) return Fail(fmt::format("a token may have up to {} bytes", kMaxToken));
  const auto token = Trim(line);
  if (token.empty()) return Fail("there is no token on standard input");
  return Secret(token);
}

}  // namespace

int RunHashToken() {
  const auto token = ReadToken();
  if (!token) {
    fmt::print(stderr, "lookout hash-token: {}\n", token.error().message);
    return EXIT_FAILURE;
  }
  fmt::print("{}\n", MakeTokenHash(token->Reveal()).ToString());
  if (std::fflush(stdout) == 0) return EXIT_SUCCESS;
  fmt::print(stderr, "lookout hash-token: cannot write to standard output: {}\n", std::strerror(errno));
  return EXIT_FAILURE;
}

}  // namespace lookout
