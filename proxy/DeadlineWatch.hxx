// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

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
  struct Limit {
    Duration left = Duration::max();
    std::chrono::milliseconds length{};
    std::string_view what;
  };

  /** The one that expires first. */
  Limit Nearest() const;
  void Arm();
  /** Books the time since the last call. */
  void Settle();
  void OnTimer();

  EventLoop &loop_;
  const Deadlines deadlines_;
  std::function<void(std::string)> on_expired_;
  Timer timer_;
  bool running_ = false;
  bool connected_ = false;
  bool answering_ = false;
  TimePoint since_{};
  Duration total_used_{};
  Duration phase_used_{};  // connecting, or silent
};

}  // namespace lookout
