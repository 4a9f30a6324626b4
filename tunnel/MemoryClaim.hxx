// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>
#include <cstddef>
#include <utility>

#include "tunnel/OutboundQueue.hxx"

namespace lookout {

/** A task's part of the connection's memory, given back with the claim. */
class MemoryClaim {
 public:
  explicit MemoryClaim(OutboundQueue &queue) : queue_(queue) {}
  ~MemoryClaim() { Release(); }
  MemoryClaim(const MemoryClaim &) = delete;
  MemoryClaim &operator=(const MemoryClaim &) = delete;

  size_t Size() const { return size_; }
  /** Makes sure of this many bytes in all; false, and nothing changed, when the connection has not got them. */
  bool GrowTo(size_t size) {
    if (size <= size_) return true;
    if (!queue_.Reserve(size - size_)) return false;
    size_ = size;
    return true;
  }
  /** Gives a part back. */
  void Shrink(size_t bytes) {
    assert(bytes <= size_);
    size_ -= bytes;
    queue_.Release(bytes);
  }
  void Release() { queue_.Release(std::exchange(size_, 0)); }

 private:
  OutboundQueue &queue_;
  size_t size_ = 0;
};

}  // namespace lookout
