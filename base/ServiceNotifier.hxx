// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/EventLoop.hxx"

namespace lookout {

/** What a service manager told us in our environment. */
struct ServiceEnvironment {
  /** NOTIFY_SOCKET: the path of a unix datagram socket, "@name" for an abstract one; "" when nobody listens. */
  std::string socket;
  /** WATCHDOG_USEC when it is meant for this process (WATCHDOG_PID), else zero. */
  std::chrono::microseconds watchdog{0};
};

/** Takes the variables out of the environment, so that programs we start cannot speak for us. */
ServiceEnvironment TakeServiceEnvironment();

/**
 * Tells the service manager how we are: the protocol of sd_notify(3). Once Ready() was called, the watchdog is fed from
 * the loop, twice in its time, so that a loop that stands still is noticed. Without a manager every call does nothing;
 * a manager that does not listen is nobody's failure.
 */
class ServiceNotifier {
 public:
  /** Throws when NOTIFY_SOCKET is no address of a socket. */
  ServiceNotifier(EventLoop &loop, ServiceEnvironment environment);

  void Ready();
  /** One line for people, shown by "systemctl status". */
  void Status(std::string_view text);
  /** Begins a reload; Ready() ends it. */
  void Reloading();
  void Stopping();

 private:
  void Feed();
  void Send(std::string_view state) const;

  const ServiceEnvironment environment_;
  std::string status_;
  UniqueFd socket_;
  Timer watchdog_;
};

}  // namespace lookout
