// SPDX-License-Identifier: Apache-2.0
#include "tests/support/RunLws.hxx"

namespace lookout {

bool RunUntil(LwsContext &context, const std::function<bool()> &done, std::chrono::milliseconds limit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  // libwebsockets sleeps until something happens, so something does.
  constexpr std::chrono::milliseconds kTick{2};
  Timer tick(context.Loop(), [&] { tick.Arm(kTick); });
  tick.Arm(kTick);
  while (!done()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    context.RunOnce();
  }
  return true;
}

void RunFor(LwsContext &context, std::chrono::milliseconds duration) {
  RunUntil(
      context, [] { return false; }, duration);
}

}  // namespace lookout
