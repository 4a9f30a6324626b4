// SPDX-License-Identifier: Apache-2.0
#include "auth/CredentialFile.hxx"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "auth/Nonce.hxx"
#include "base/Strings.hxx"
#include "base/UniqueFd.hxx"
#include "base/WriteAll.hxx"

namespace lookout {

namespace {

tl::unexpected<Error> FailWithErrno(std::string_view action, const std::string &path, int error = errno) {
  return Fail(fmt::format("cannot {} '{}': {}", action, path, std::strerror(error)));
}

/** The path as a word for a shell. */
std::string ShellWord(const std::string &path) {
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+,:@";
  if (path.find_first_not_of(kPlain) == std::string::npos) return path;
  std::string word = "'";
  for (const char c : path) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

enum class Readers { OwnerAndGroup, Everybody };

/** Why the mode is not acceptable, or nullptr. */
const char *FindModeProblem(mode_t mode, Readers readers) {
  if ((mode & S_IRUSR) == 0) return "its owner cannot read it";
  if (readers == Readers::OwnerAndGroup && (mode & S_IROTH) != 0) return "every user of this host can read it";
  if ((mode & S_IWOTH) != 0) return "every user of this host can write it";
  if ((mode & S_IWGRP) != 0) return "its group can write it";
  return nullptr;
}

Result<void> CheckStatus(const struct stat &status, const std::string &path, size_t limit, Readers readers) {
  if (!S_ISREG(status.st_mode)) return Fail(fmt::format("'{}' is not a regular file", path));
  const mode_t mode = status.st_mode & 07777;
  if (const char *problem = FindModeProblem(mode, readers)) {
    const mode_t others = readers == Readers::Everybody ? mode & S_IROTH : 0;
    const mode_t wanted = 0600 | (mode & S_IRGRP) | others;
    return Fail(fmt::format("'{}' has mode {:04o} and {}: run \"chmod {:04o} {}\"", path, mode, problem, wanted,
                            ShellWord(path)));
  }
  if (static_cast<size_t>(status.st_size) > limit) {
    return Fail(fmt::format("'{}' has {} bytes, more than the {} a file of its kind can need: is it the right file?",
                            path, status.st_size, limit));
  }
  return {};
}

/** Fills the buffer as far as the file goes; -1 on an error. */
ssize_t ReadAll(int fd, std::span<char> buffer) {
  size_t filled = 0;
  while (filled < buffer.size()) {
    const ssize_t count = ::read(fd, buffer.data() + filled, buffer.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) break;
    filled += static_cast<size_t>(count);
  }
  return static_cast<ssize_t>(filled);
}

Result<Secret> ReadChecked(const std::string &path, size_t limit, Readers readers) {
  // Without O_NONBLOCK the open of a FIFO would wait for a writer.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd.IsOpen()) return FailWithErrno("open", path);
  struct stat status {};
  if (::fstat(fd.Get(), &status) != 0) return FailWithErrno("examine", path);
  if (const auto checked = CheckStatus(status, path, limit, readers); !checked) return tl::unexpected(checked.error());

  Secret buffer = Secret::OfSize(static_cast<size_t>(status.st_size) + 1);
  const ssize_t size = ReadAll(fd.Get(), buffer.Bytes());
  if (size < 0) return FailWithErrno("read", path);
  if (size > status.st_size) return Fail(fmt::format("'{}' grew while it was read: try again", path));
  return Secret(buffer.Reveal().substr(0, static_cast<size_t>(size)));
}

/** A new file, to the disk; `like` has the owner and the mode that it gets, nullptr means ours and 0600. */
Result<void> CreateFile(const std::string &path, std::string_view content, const struct stat *like) {
  const UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd.IsOpen() && errno == EEXIST) {
    return Fail(fmt::format("'{}' exists and is not overwritten: choose another name or move it away", path));
  }
  if (!fd.IsOpen()) return FailWithErrno("create", path);
  // The umask may have taken bits away.
  const mode_t mode = like != nullptr ? like->st_mode & 07777 : 0600;
  const bool is_owned = like == nullptr || ::fchown(fd.Get(), like->st_uid, like->st_gid) == 0;
  if (!is_owned || ::fchmod(fd.Get(), mode) != 0 || WriteAll(fd.Get(), content) != 0 || ::fsync(fd.Get()) != 0) {
    const int error = errno;
    ::unlink(path.c_str());
    return FailWithErrno(is_owned ? "write" : "keep the owner of the old file for", path, error);
  }
  return {};
}

/** Makes a rename in it last. */
Result<void> SyncDirectoryOf(const std::string &path) {
  const auto slash = path.rfind('/');
  const auto name = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const UniqueFd directory(::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.IsOpen() || ::fsync(directory.Get()) != 0) return FailWithErrno("write", name);
  return {};
}

struct FreeMemory {
  void operator()(char *memory) const noexcept { std::free(memory); }
};

}  // namespace

Result<Secret> ReadCredentialFile(const std::string &path, size_t limit) {
  return ReadChecked(path, limit, Readers::OwnerAndGroup);
}

Result<Secret> ReadTrustedFile(const std::string &path, size_t limit) {
  return ReadChecked(path, limit, Readers::Everybody);
}

Result<Secret> ReadTokenFile(const std::string &path) {
  auto content = ReadCredentialFile(path);
  if (!content) return content;
  return Secret(Trim(content->Reveal()));
}

Result<void> CreateCredentialFile(const std::string &path, std::string_view content) {
  return CreateFile(path, content, nullptr);
}

Result<void> ReplaceCredentialFile(const std::string &path, std::string_view content) {
  const std::unique_ptr<char, FreeMemory> resolved(::realpath(path.c_str(), nullptr));
  if (!resolved && errno != ENOENT) return FailWithErrno("find", path);
  const std::string target = resolved ? resolved.get() : path;
  struct stat status {};
  const bool exists = ::stat(target.c_str(), &status) == 0;
  if (!exists && errno != ENOENT) return FailWithErrno("examine", path);
  if (exists && !S_ISREG(status.st_mode)) return Fail(fmt::format("'{}' is not a regular file", path));

  const auto draft = target + '.' + MakeNonce();
  if (auto created = CreateFile(draft, content, exists ? &status : nullptr); !created) return created;
  if (std::rename(draft.c_str(), target.c_str()) != 0) {
    const int error = errno;
    ::unlink(draft.c_str());
    if (error == EBUSY)
      return Fail(fmt::format("'{}' is mounted by itself: mount the directory that it is in", target));
    return FailWithErrno("replace", target, error);
  }
  return SyncDirectoryOf(target);
}

}  // namespace lookout
