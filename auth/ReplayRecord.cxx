// SPDX-License-Identifier: Apache-2.0
#include "auth/ReplayRecord.hxx"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "auth/CredentialFile.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr std::string_view kRunning = "running";
constexpr std::string_view kEnded = "ended";

/** What a process has left. Of one that has not come to its end, `times` is not all there was. */
struct Remains {
  bool is_whole = false;
  ReplayGuard::Times times;
};

/** "ended" and then "KEYID SECONDS" each, or "running SECONDS"; of anything else nothing remains. */
Remains ParseRecord(std::string_view text) {
  Remains remains;
  const auto lines = SplitList(text, '\n');
  remains.is_whole = !lines.empty() && lines.front() == kEnded;
  for (size_t n = remains.is_whole ? 1 : 0; n < lines.size(); ++n) {
    const auto words = SplitList(lines[n], ' ');
    const auto seconds = words.size() == 2 ? ParseInt(words[1]) : std::nullopt;
    if (!seconds || (!remains.is_whole && words[0] != kRunning)) return {};
    remains.times.insert_or_assign(std::string(remains.is_whole ? words[0] : ReplayGuard::kEveryKey), *seconds);
  }
  return remains;
}

tl::unexpected<Error> FailToWrite(const std::string &path) {
  return Fail(fmt::format("cannot write '{}': {}", path, std::strerror(errno)));
}

/** Of one length, so that it can be written over. */
std::string RunningText(const ReplayGuard &guard) {
  return fmt::format("{} {:020}\n", kRunning, guard.Newest());
}

}  // namespace

Result<void> ReplayRecord::Begin(ReplayGuard &guard, int64_t now_unix_seconds) {
  const bool is_first = ::access(path_.c_str(), F_OK) != 0 && errno == ENOENT;
  auto read = is_first ? Result<Secret>(Secret("ended")) : ReadTrustedFile(path_, kKeyListFileLimit);
  const auto remains = read ? ParseRecord(read->Reveal()) : Remains();
  for (const auto &[key_id, seconds] : remains.times) guard.Forget(key_id, seconds);
  auto written = ReplaceCredentialFile(path_, RunningText(guard));
  if (written) running_.Reset(::open(path_.c_str(), O_WRONLY | O_CLOEXEC));
  if (written && !running_.IsOpen()) written = FailToWrite(path_);
  if (!remains.is_whole || !written) guard.Forget(std::string(ReplayGuard::kEveryKey), now_unix_seconds);
  return written;
}

Result<void> ReplayRecord::Keep(const ReplayGuard &guard) {
  if (!running_.IsOpen()) return {};
  const auto text = RunningText(guard);
  if (::pwrite(running_.Get(), text.data(), text.size(), 0) < 0) return FailToWrite(path_);
  ::sync_file_range(running_.Get(), 0, 0, SYNC_FILE_RANGE_WRITE);
  return {};
}

Result<void> ReplayRecord::End(const ReplayGuard &guard) {
  running_.Reset();
  auto text = std::string(kEnded) + '\n';
  for (const auto &[key_id, seconds] : guard.Latest()) text += fmt::format("{} {}\n", key_id, seconds);
  return ReplaceCredentialFile(path_, text);
}

}  // namespace lookout
