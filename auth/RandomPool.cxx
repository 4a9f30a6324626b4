// SPDX-License-Identifier: Apache-2.0
#include "auth/RandomPool.hxx"

#include <algorithm>
#include <cassert>

#include "auth/Sodium.hxx"

namespace lookout {

void RandomPool::Fill(std::span<unsigned char> out) {
  assert(out.size() <= kSize);
  if (out.size() > left_) {
    FillRandom(bytes_);
    left_ = kSize;
  }
  left_ -= out.size();
  std::copy_n(bytes_.data() + left_, out.size(), out.data());
}

}  // namespace lookout
