// SPDX-License-Identifier: Apache-2.0
#include "proxy/BodyPace.hxx"

#include "proxy/Limits.hxx"

namespace lookout {

BodyPace::BodyPace(EventLoop &loop, std::function<void()> on_late)
    : left_(kBodyPace), timer_(loop, std::move(on_late)) {
  timer_.Arm(kBodyDeadline);
}

void BodyPace::Add(size_t bytes) {
  if (bytes < left_) {
    left_ -= bytes;
    return;
  }
  left_ = kBodyPace - (bytes - left_) % kBodyPace;
  timer_.Arm(kBodyDeadline);
}

}  // namespace lookout
