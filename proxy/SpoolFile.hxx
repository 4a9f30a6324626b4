// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/Result.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

/** Bytes in a temporary file that has no name, so that nothing is left of it when the process is gone. */
class SpoolFile {
 public:
  /** In the first of the directories that takes one; the error is that of the last. */
  static Result<SpoolFile> Create(const std::vector<std::string> &directories);

  /** At the end. Writes go to the page cache, so they are done at once. */
  Result<void> Append(std::string_view bytes);
  /** How many bytes were read, 0 at the end of the file. */
  Result<size_t> ReadAt(uint64_t offset, std::span<char> out) const;

 private:
  explicit SpoolFile(UniqueFd file) : file_(std::move(file)) {}

  UniqueFd file_;
};

}  // namespace lookout
