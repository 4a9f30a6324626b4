// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <list>

#include "base/EventLoop.hxx"
#include "base/UniqueFd.hxx"

namespace lookout {

/**
 * Waits for processes that nobody else waits for any more, so that none stays behind as a zombie, and nobody has to
 * stand still until a killed process is really gone.
 */
class ChildReaper {
 public:
  explicit ChildReaper(EventLoop &loop) : loop_(loop) {}
  ChildReaper(const ChildReaper &) = delete;
  ChildReaper &operator=(const ChildReaper &) = delete;

  /** `process` is a pidfd of a child of ours. */
  void Adopt(UniqueFd process);
  /** How many have not ended yet. */
  size_t Waiting() const { return orphans_.size(); }

 private:
  struct Orphan;

  EventLoop &loop_;
  std::list<Orphan> orphans_;
};

struct ChildReaper::Orphan {
  Orphan(EventLoop &loop, UniqueFd fd, std::function<void(uint32_t)> on_exit)
      : process(std::move(fd)), event(loop, std::move(on_exit)) {}

  UniqueFd process;
  FdEvent event;
};

}  // namespace lookout
