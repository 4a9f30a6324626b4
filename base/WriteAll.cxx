// SPDX-License-Identifier: Apache-2.0
#include "base/WriteAll.hxx"

#include <unistd.h>

#include <cerrno>

namespace lookout {

int WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

}  // namespace lookout
