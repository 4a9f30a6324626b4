// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ProcessUsage.hxx"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace lookout {

size_t ResidentBytes() {
  size_t total = 0;
  size_t resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * static_cast<size_t>(::sysconf(_SC_PAGESIZE));
}

size_t OpenFdCount() {
  const std::filesystem::directory_iterator fds("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(fds), end(fds)));
}

}  // namespace lookout
