// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <utility>

namespace lookout {

/** Those who wait for one and the same answer. The list must outlive them. */
class WaitingList {
 public:
  /** Is called once when the answer is there, unless it is destroyed first. */
  class Waiter {
   public:
    Waiter(WaitingList &list, std::function<void()> on_ready)
        : list_(list), round_(list.round_), on_ready_(std::move(on_ready)) {
      list_.waiters_.push_back(this);
    }
    ~Waiter() { list_.waiters_.remove(this); }
    Waiter(const Waiter &) = delete;
    Waiter &operator=(const Waiter &) = delete;

   private:
    friend class WaitingList;
    WaitingList &list_;
    const uint64_t round_;
    std::function<void()> on_ready_;
  };

  /** Calls all. In a call, any of them may be destroyed; those who come anew wait for the next answer. */
  void Release() {
    const uint64_t round = round_++;
    while (!waiters_.empty() && waiters_.front()->round_ <= round) {
      Waiter *const waiter = waiters_.front();
      waiters_.pop_front();
      waiter->on_ready_();
    }
  }

 private:
  std::list<Waiter *> waiters_;
  uint64_t round_ = 0;
};

}  // namespace lookout
