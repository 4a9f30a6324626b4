// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace lookout {

/** A fresh directory below the system's own for temporary files, removed with all it holds at the end. */
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir &) = delete;
  TempDir &operator=(const TempDir &) = delete;

  const std::filesystem::path &Path() const { return path_; }
  std::string Join(std::string_view name) const { return path_ / name; }
  /** Writes a file with exactly that mode and returns its path. */
  std::string Write(std::string_view name, std::string_view content, unsigned mode = 0600) const;

 private:
  std::filesystem::path path_;
};

/** The whole file; throws when it cannot be read. */
std::string ReadFile(const std::string &path);

/** The permission bits of a file, 0 when there is none. */
unsigned ModeOf(const std::string &path);

}  // namespace lookout
