// SPDX-License-Identifier: Apache-2.0
#include "proxy/SpoolFile.hxx"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <system_error>

#include "base/WriteAll.hxx"

namespace lookout {

namespace {

tl::unexpected<Error> FailWithErrno(const std::string &what) {
  return Fail(what + ": " + std::generic_category().message(errno));
}

/** For file systems that know no files without names. */
UniqueFd MakeUnlinked(const std::string &directory) {
  std::string name = directory + "/lookout-XXXXXX";
  UniqueFd file(::mkostemp(name.data(), O_CLOEXEC));
  if (file.IsOpen()) ::unlink(name.c_str());
  return file;
}

UniqueFd MakeIn(const std::string &directory) {
  UniqueFd file(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
  return file.IsOpen() ? std::move(file) : MakeUnlinked(directory);
}

}  // namespace

Result<SpoolFile> SpoolFile::Create(const std::vector<std::string> &directories) {
  for (const auto &directory : directories) {
    auto file = MakeIn(directory);
    if (file.IsOpen()) return SpoolFile(std::move(file));
  }
  return FailWithErrno("cannot make a temporary file in " + (directories.empty() ? "" : directories.back()));
}

Result<void> SpoolFile::Append(std::string_view bytes) {
  if (WriteAll(file_.Get(), bytes) != 0) return FailWithErrno("cannot write to a temporary file");
  return {};
}

Result<size_t> SpoolFile::ReadAt(uint64_t offset, std::span<char> out) const {
  for (;;) {
    const ssize_t size = ::pread(file_.Get(), out.data(), out.size(), static_cast<off_t>(offset));
    if (size >= 0) return static_cast<size_t>(size);
    if (errno != EINTR) return FailWithErrno("cannot read a temporary file");
  }
}

}  // namespace lookout
