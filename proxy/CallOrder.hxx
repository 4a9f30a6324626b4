// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cassert>

namespace lookout {

/**
 * Asserts, in builds with assertions, that calls to a sink come in the order of proxy/Exchange.hxx: one head, data
 * behind it, one end or error, nothing after it. No peer can break that, only a mistake of ours.
 */
class CallOrder {
 public:
  void OnHead() {
    assert(state_ == State::AwaitsHead);
    state_ = State::HasHead;
  }
  void OnData() const { assert(state_ == State::HasHead); }
  void OnEnd() {
    assert(state_ == State::HasHead);
    state_ = State::Over;
  }
  void OnError() {
    assert(state_ != State::Over);
    state_ = State::Over;
  }

 private:
  enum class State { AwaitsHead, HasHead, Over };
  State state_ = State::AwaitsHead;
};

}  // namespace lookout
