// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>

#include "base/EventLoop.hxx"

namespace lookout {

/**
 * Delivers signals as events of the loop (signalfd). Construct it before any thread starts, so that every
 * thread inherits the blocked mask. The mask stays blocked after its end, and child processes inherit it too: clear
 * it there before exec. Equal signals that are pending together arrive once. The callback must not destroy it.
 */
class SignalEvent {
 public:
  SignalEvent(EventLoop &loop, std::initializer_list<int> signals, std::function<void(int)> on_signal);

 private:
  void OnReady();

  std::function<void(int)> on_signal_;
  UniqueFd fd_;
  FdEvent event_;
};

}  // namespace lookout
