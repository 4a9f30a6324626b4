// SPDX-License-Identifier: Apache-2.0
#include "agent/HeapTrim.hxx"

#include <malloc.h>

namespace lookout {

namespace {

constexpr std::chrono::seconds kInterval{5};
/** Free bytes that may stay: taking them from the system again would cost more than they do. */
constexpr size_t kKept = 1024 * 1024;

}  // namespace

HeapTrim::HeapTrim(EventLoop &loop) : next_(loop, [this] { Look(); }) {
  next_.Arm(kInterval);
}

void HeapTrim::Look() {
  next_.Arm(kInterval);
  if (::mallinfo2().fordblks > kKept) ::malloc_trim(0);
}

}  // namespace lookout
