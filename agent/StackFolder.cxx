// SPDX-License-Identifier: Apache-2.0
#include "agent/StackFolder.hxx"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "auth/Nonce.hxx"
#include "base/Strings.hxx"
#include "base/WriteAll.hxx"

namespace lookout {

namespace {

constexpr mode_t kStackMode = 0750;
constexpr mode_t kFolderMode = 0755;

tl::unexpected<Error> FailWithErrno(std::string_view action, std::string_view path, int error) {
  const char *const reason = error == ELOOP ? "there is a symbolic link in it" : std::strerror(error);
  return Fail(fmt::format("cannot {} \"{}\": {}", action, Printable(path, 256), reason));
}

/** errno is set when the result is not open. */
UniqueFd OpenBeneath(int directory, const std::string &path, int flags, mode_t mode = 0) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  return UniqueFd(static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
}

/** One level down; made when it is not there and `mode` is not 0. */
Result<UniqueFd> Enter(int parent, const std::string &name, mode_t mode) {
  UniqueFd fd = OpenBeneath(parent, name, O_RDONLY | O_DIRECTORY);
  if (fd.IsOpen()) return fd;
  if (errno != ENOENT || mode == 0) return FailWithErrno("open directory", name, errno);
  // Another request may have made it in between; whatever it is, it is looked at again.
  if (::mkdirat(parent, name.c_str(), mode) == 0) ::fsync(parent);
  fd = OpenBeneath(parent, name, O_RDONLY | O_DIRECTORY);
  if (!fd.IsOpen()) return FailWithErrno("open directory", name, errno);
  return fd;
}

/** Down all parts of `path`; "" stays where it is. */
Result<UniqueFd> Descend(int from, std::string_view path, mode_t mode) {
  UniqueFd at(::fcntl(from, F_DUPFD_CLOEXEC, 0));
  while (!path.empty()) {
    const auto slash = path.find('/');
    auto next = Enter(at.Get(), std::string(path.substr(0, slash)), mode);
    if (!next) return next;
    at = std::move(*next);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return at;
}

struct SplitPath {
  std::string_view folder;
  std::string name;
};

SplitPath Split(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {{}, std::string(path)};
  return {path.substr(0, slash), std::string(path.substr(slash + 1))};
}

/** A directory or a device in the file's place is left alone, and so is a link. */
bool IsReplaceable(int folder, const std::string &name) {
  struct stat status {};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT;
  return S_ISREG(status.st_mode);
}

int WriteDraft(int folder, const std::string &draft, std::string_view content, mode_t mode) {
  const UniqueFd fd = OpenBeneath(folder, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600);
  if (!fd.IsOpen()) return errno;
  if (const int error = WriteAll(fd.Get(), content); error != 0) return error;
  return ::fchmod(fd.Get(), mode) == 0 && ::fsync(fd.Get()) == 0 ? 0 : errno;
}

}  // namespace

Result<StackFolder> StackFolder::Open(const std::string &root, std::string_view directory, bool create) {
  if (create && ::mkdir(root.c_str(), kStackMode) != 0 && errno != EEXIST) {
    return FailWithErrno("make directory (STACKS_DIR)", root, errno);
  }
  const UniqueFd top(::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!top.IsOpen()) return FailWithErrno("open directory (STACKS_DIR)", root, errno);
  auto fd = Descend(top.Get(), directory, create ? kStackMode : 0);
  if (!fd) return tl::unexpected(fd.error());
  return StackFolder(std::move(*fd), fmt::format("{}/{}", root, directory));
}

Result<void> StackFolder::WriteFile(std::string_view path, std::string_view content, mode_t mode) {
  const auto [folder_path, name] = Split(path);
  const auto folder = Descend(fd_.Get(), folder_path, kFolderMode);
  if (!folder) return tl::unexpected(folder.error());
  if (!IsReplaceable(folder->Get(), name)) {
    return Fail(fmt::format("cannot write \"{}\": there is something else of that name", Printable(path, 256)));
  }
  const std::string draft = fmt::format(".lookout-{}", MakeNonce());
  int error = WriteDraft(folder->Get(), draft, content, mode);
  if (error == 0 && ::renameat(folder->Get(), draft.c_str(), folder->Get(), name.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlinkat(folder->Get(), draft.c_str(), 0);
    return FailWithErrno("write", path, error);
  }
  ::fsync(folder->Get());
  return {};
}

Result<std::optional<std::string>> StackFolder::ReadFile(std::string_view path, size_t limit) const {
  // Without O_NONBLOCK the open of a FIFO would wait for a writer.
  const UniqueFd fd = OpenBeneath(fd_.Get(), std::string(path), O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!fd.IsOpen() && errno == ENOENT) return std::nullopt;
  if (!fd.IsOpen()) return FailWithErrno("open", path, errno);
  struct stat status {};
  if (::fstat(fd.Get(), &status) != 0) return FailWithErrno("examine", path, errno);
  if (!S_ISREG(status.st_mode)) return Fail(fmt::format("\"{}\" is not a regular file", Printable(path, 256)));
  std::string content(limit + 1, '\0');
  const auto size = ::pread(fd.Get(), content.data(), content.size(), 0);
  if (size < 0) return FailWithErrno("read", path, errno);
  if (static_cast<size_t>(size) > limit) return Fail(fmt::format("\"{}\" is too large", Printable(path, 256)));
  content.resize(static_cast<size_t>(size));
  return content;
}

}  // namespace lookout
