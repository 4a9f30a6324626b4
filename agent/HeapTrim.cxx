// SPDX-License-Identifier: Apache-2.0
#include "agent/HeapTrim.hxx"

#include <malloc.h>

namespace lookout {

namespace {

constexpr std::chrono::seconds kInterval{5};
/**
 * Blocks from here on are mapped one by one, and go back when they are freed. Left to itself glibc raises this limit
 * with each of them that is freed, up to 32 MiB; then they lie between others, and what stays of the largest is never
 * the same.
 */
constexpr int kMappedAlone = 2 * 1024 * 1024;
/** Free bytes that may stay: taking them from the system again would cost more than they do. */
constexpr size_t kKept = 1024 * 1024;

}  // namespace

HeapTrim::HeapTrim(EventLoop &loop) : next_(loop, [this] { Look(); }) {
  ::mallopt(M_MMAP_THRESHOLD, kMappedAlone);
  // As glibc would set it along with that limit.
  ::mallopt(M_TRIM_THRESHOLD, 2 * kMappedAlone);
  next_.Arm(kInterval);
}

void HeapTrim::Look() {
  next_.Arm(kInterval);
  if (::mallinfo2().fordblks > kKept) ::malloc_trim(0);
}

}  // namespace lookout
