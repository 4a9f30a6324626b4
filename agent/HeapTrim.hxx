// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/EventLoop.hxx"

namespace lookout {

/**
 * Gives memory back to the system that the C library keeps for later. It does so by itself only at the end of the heap,
 * and after a burst of large replies something small is always left there. Also sets, for the whole process, which
 * blocks are too large for the heap.
 */
class HeapTrim {
 public:
  explicit HeapTrim(EventLoop &loop);

 private:
  void Look();

  Timer next_;
};

}  // namespace lookout
