// SPDX-License-Identifier: Apache-2.0
#include "base/ChildReaper.hxx"

#include <sys/wait.h>

namespace lookout {

void ChildReaper::Adopt(UniqueFd process) {
  const int fd = process.Get();
  orphans_.emplace_back(loop_, std::move(process), [this, fd](uint32_t) {
    ::waitid(P_PIDFD, static_cast<id_t>(fd), nullptr, WEXITED | WNOHANG);
    orphans_.remove_if([fd](const Orphan &each) { return each.process.Get() == fd; });
  });
  orphans_.back().event.Watch(fd, EPOLLIN);
}

}  // namespace lookout
