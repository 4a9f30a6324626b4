// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/Result.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

/**
 * The directory of one compose stack. All that happens in it goes through descriptors and openat2() with
 * RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS (Linux 5.6), so that neither ".." nor a symbolic link, also one that is put
 * there in the same moment, leads out of it.
 *
 * The stack's own directory has mode 0750. What is below can be read by everybody who gets that far (0644, 0755),
 * because containers that mount it run as other users; what holds secrets is 0600.
 */
class StackFolder {
 public:
  /** Opens it, and makes it (with its parents below `root`, and `root` itself) when `create` is set. */
  static Result<StackFolder> Open(const std::string &root, std::string_view directory, bool create);

  /** The absolute path, for tools that want one. */
  const std::string &Path() const { return path_; }

  /**
   * Puts a file there, or in place of a regular one, complete or not at all: written beside it, synced, renamed.
   * Parents are made.
   */
  Result<void> WriteFile(std::string_view path, std::string_view content, mode_t mode);
  /** nullopt when there is none. Files over `limit` bytes are refused. */
  Result<std::optional<std::string>> ReadFile(std::string_view path, size_t limit) const;

 private:
  StackFolder(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  UniqueFd fd_;
  std::string path_;
};

}  // namespace lookout
