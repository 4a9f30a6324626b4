// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "base/EventLoop.hxx"

namespace lookout {

/**
 * The deadline of a request body that is read before anything is done with it: kBodyDeadline for each kBodyPace bytes
 * begun. A small body must be there in time as a whole; a large one may take longer, but not stop.
 */
class BodyPace {
 public:
  /** `on_late` comes once, from the loop. It begins at once. */
  BodyPace(EventLoop &loop, std::function<void()> on_late);

  void Add(size_t bytes);
  void Stop() { timer_.Cancel(); }

 private:
  size_t left_;  // of the bytes that the running deadline is for
  Timer timer_;
};

}  // namespace lookout
