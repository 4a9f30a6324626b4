// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/**
 * Watches the deadlines of one exchange. Time between Pause() and Continue() counts for none of them: then it is
 * we, or whoever reads us, who hold things up.
 */
class DeadlineWatch {
 public:
  /** `on_expired` gets the words for it: "no whole answer within 30 s". */
  DeadlineWatch(EventLoop &loop, const Deadlines &deadlines, std::function<void(std::string)> on_expired);

  void Start();
  /** The connection stands; its deadline is over. */
  void OnConnected();
  /** The engine sent something of its answer. */
  void OnActivity();
  void Pause();
  void Continue();
  /** The end: nothing expires any more. */
  void Stop();

 private:
  void Arm(TimePoint now);
  void OnTimer();
  /** Which deadline is over. */
  std::string Describe() const;

  EventLoop &loop_;
  const Deadlines deadlines_;
  std::function<void(std::string)> on_expired_;
  Timer timer_;
  TimePoint armed_for_{};  // while timer_ is armed
  bool running_ = false;
  bool answering_ = false;
  TimePoint paused_at_{};  // while not running
  TimePoint total_due_ = TimePoint::max();
  TimePoint phase_due_ = TimePoint::max();  // of connecting, or of silence
};

}  // namespace lookout
