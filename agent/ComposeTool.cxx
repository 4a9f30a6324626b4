// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeTool.hxx"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr std::chrono::seconds kProbeLimit{10};
/** "2.27.1+ds1-0ubuntu1" and then some. */
constexpr size_t kMaxVersion = 256;

/** "v2.27.1\n" -> "2.27.1"; "" when this is no version. */
std::string ReadVersion(std::string_view output) {
  auto line = Trim(output.substr(0, output.find('\n')));
  if (line.starts_with('v')) line.remove_prefix(1);
  const bool begins_with_digit = !line.empty() && line[0] >= '0' && line[0] <= '9';
  const bool is_word = line.find_first_of(" \t\r") == std::string_view::npos;
  return begins_with_digit && is_word ? std::string(line) : std::string();
}

}  // namespace

std::string FindProgram(std::string_view name, std::string_view path) {
  for (const auto directory : SplitList(path, ':')) {
    std::string candidate = fmt::format("{}/{}", directory, name);
    std::error_code ignored;
    if (std::filesystem::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0) {
      return candidate;
    }
  }
  return {};
}

ComposeToolSearch::ComposeToolSearch(EventLoop &loop, ChildReaper &reaper, std::string path, Callback on_done)
    : loop_(loop),
      reaper_(reaper),
      path_(std::move(path)),
      on_done_(std::move(on_done)),
      next_(loop, [this] { TryNext(); }),
      limit_(loop, [this] {
        child_.reset();
        TryNext();
      }) {
  // The last one is tried first.
  if (auto program = FindProgram("docker-compose", path_); !program.empty()) candidates_.push_back({program});
  if (auto program = FindProgram("docker", path_); !program.empty()) candidates_.push_back({program, "compose"});
  next_.Schedule();
}

ComposeToolSearch::~ComposeToolSearch() = default;

void ComposeToolSearch::TryNext() {
  limit_.Cancel();
  if (candidates_.empty()) {
    return Finish(
        Fail(fmt::format("no compose tool on this host: neither \"docker compose\" nor \"docker-compose\" "
                         "works (looked in {}); install the package docker-compose",
                         path_)));
  }
  current_ = std::move(candidates_.back());
  candidates_.pop_back();
  output_.clear();
  ChildCommand command;
  command.arguments = current_;
  command.arguments.insert(command.arguments.end(), {"version", "--short"});
  command.environment = {"PATH=" + path_, "HOME=/nonexistent", "LC_ALL=C.UTF-8"};
  ChildProcess::Handler &self = *this;
  try {
    child_ = std::make_unique<ChildProcess>(loop_, reaper_, command, self);
    limit_.Arm(kProbeLimit);
  } catch (const std::system_error &) {
    next_.Schedule();  // what cannot be run is not the tool
  }
}

void ComposeToolSearch::OnOutput(ChildProcess::Output from, std::string_view bytes) {
  if (from == ChildProcess::Output::Error) return;
  output_ += bytes.substr(0, kMaxVersion - std::min(kMaxVersion, output_.size()));
}

void ComposeToolSearch::OnExit(ChildExit exit) {
  child_.reset();
  std::string version = exit.IsSuccess() ? ReadVersion(output_) : std::string();
  if (version.empty()) return TryNext();
  Finish(ComposeTool{current_, std::move(version)});
}

void ComposeToolSearch::Finish(Result<ComposeTool> result) {
  limit_.Cancel();
  // It may destroy this.
  const auto on_done = std::move(on_done_);
  on_done(std::move(result));
}

}  // namespace lookout
