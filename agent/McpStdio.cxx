// SPDX-License-Identifier: Apache-2.0
#include "agent/McpStdio.hxx"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "agent/McpMessage.hxx"
#include "base/Strings.hxx"
#include "base/WriteAll.hxx"

namespace lookout {

McpStdio::McpStdio(EventLoop &loop, const McpServer &server, int input, int output)
    : loop_(loop),
      server_(server),
      input_(input),
      output_(output),
      event_(loop, [this](uint32_t) { OnReadable(); }),
      next_(loop, [this] { Continue(); }) {
  WatchInput(true);
}

void McpStdio::WatchInput(bool on) {
  if (!on) return event_.Stop();
  if (is_file_) return next_.Schedule();
  try {
    event_.Watch(input_, EPOLLIN);
  } catch (const std::system_error &) {
    is_file_ = true;
    next_.Schedule();
  }
}

void McpStdio::OnReadable() {
  // Not made non-blocking: the descriptor is shared with whoever started us. One read of what is ready does not wait.
  std::array<char, 64 * 1024> bytes;
  const auto got = ::read(input_, bytes.data(), bytes.size());
  if (got < 0 && errno == EINTR) return;
  ended_ = got <= 0;
  if (got > 0) lines_.append(bytes.data(), static_cast<size_t>(got));
  if (ended_) event_.Stop();
  WorkOnLines();
}

void McpStdio::WorkOnLines() {
  while (!answering_) {
    const auto end = lines_.find('\n');
    if (end == std::string::npos) break;
    const std::string line = lines_.substr(0, end);
    lines_.erase(0, end + 1);
    if (std::exchange(skipping_, false) || Trim(line).empty()) continue;
    answering_ = true;
    work_ = server_.Handle(line, [this](const std::optional<std::string> &answer) { OnAnswer(answer); });
  }
  if (answering_) return WatchInput(false);
  if (lines_.size() > kMaxLine) {
    lines_.clear();
    if (!std::exchange(skipping_, true)) {
      OnAnswer(FormatMcpError("null", McpErrorCode::Parse, "a message has at most 1 MiB"));
    }
  }
  if (ended_) return loop_.Stop();
  WatchInput(true);
}

void McpStdio::Continue() {
  const bool needs_more = !answering_ && !ended_ && lines_.find('\n') == std::string::npos;
  if (is_file_ && needs_more) return OnReadable();
  WorkOnLines();
}

void McpStdio::OnAnswer(const std::optional<std::string> &answer) {
  answering_ = false;
  if (answer && WriteAll(output_, *answer + "\n") != 0) return loop_.Stop();
  // Not at once: the work that calls is still in the middle of it.
  next_.Schedule();
}

}  // namespace lookout
