// SPDX-License-Identifier: Apache-2.0
#include "auth/ReplayRecord.hxx"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "auth/CredentialFile.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr std::string_view kRunning = "running";
constexpr std::string_view kEnded = "ended";

/** "KEYID SECONDS" each; nullopt for anything else, and for a process that has not come to its end. */
std::optional<ReplayGuard::Times> ParseRecord(std::string_view text) {
  const auto lines = SplitList(text, '\n');
  if (lines.empty() || lines.front() != kEnded) return std::nullopt;
  ReplayGuard::Times times;
  for (size_t n = 1; n < lines.size(); ++n) {
    const auto words = SplitList(lines[n], ' ');
    const auto seconds = words.size() == 2 ? ParseInt(words[1]) : std::nullopt;
    if (!seconds) return std::nullopt;
    times.insert_or_assign(std::string(words[0]), *seconds);
  }
  return times;
}

}  // namespace

Result<void> ReplayRecord::Begin(ReplayGuard &guard, int64_t now_unix_seconds) {
  const bool is_first = ::access(path_.c_str(), F_OK) != 0 && errno == ENOENT;
  auto read = is_first ? Result<Secret>(Secret("ended")) : ReadTrustedFile(path_, kKeyListFileLimit);
  const auto times = read ? ParseRecord(read->Reveal()) : std::nullopt;
  for (const auto &[key_id, seconds] : times.value_or(ReplayGuard::Times())) guard.Forget(key_id, seconds);
  const auto written = ReplaceCredentialFile(path_, std::string(kRunning) + '\n');
  if (!times || !written) guard.Forget(std::string(ReplayGuard::kEveryKey), now_unix_seconds);
  return written;
}

Result<void> ReplayRecord::End(const ReplayGuard &guard) {
  auto text = std::string(kEnded) + '\n';
  for (const auto &[key_id, seconds] : guard.Latest()) text += fmt::format("{} {}\n", key_id, seconds);
  return ReplaceCredentialFile(path_, text);
}

}  // namespace lookout
