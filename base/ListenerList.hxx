// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

namespace lookout {

/**
 * Who wants to be told. Listeners may be added and removed from inside a call: one that was removed is not called any
 * more, one that was added is called from the next time on. The list must outlive the call.
 */
template <typename Listener>
class ListenerList {
 public:
  void Add(Listener &listener) { listeners_.push_back(&listener); }
  void Remove(Listener &listener) {
    std::replace(listeners_.begin(), listeners_.end(), &listener, static_cast<Listener *>(nullptr));
    if (depth_ == 0) Compact();
  }
  bool IsEmpty() const {
    return std::all_of(listeners_.begin(), listeners_.end(), [](const Listener *entry) { return entry == nullptr; });
  }

  /** Calls `tell` with each listener, in the order in which they were added. */
  template <typename Call>
  void Tell(const Call &tell) {
    ++depth_;
    const size_t count = listeners_.size();
    for (size_t i = 0; i < count; ++i) {
      if (listeners_[i] != nullptr) tell(*listeners_[i]);
    }
    if (--depth_ == 0) Compact();
  }

 private:
  void Compact() { std::erase(listeners_, nullptr); }

  std::vector<Listener *> listeners_;  // null: removed during a call
  unsigned depth_ = 0;
};

}  // namespace lookout
