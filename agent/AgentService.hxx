// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "proxy/HealthSource.hxx"

namespace lookout {

/** The way on which requests come to the core: a tunnel (EdgeService) or a listener (StandardService). */
class AgentService {
 public:
  virtual ~AgentService() = default;
  /** Throws when there is no use in going on. */
  virtual void Start() = 0;
  /** Runs the loop until it is stopped. */
  virtual void RunLoop() = 0;
  /** Takes up what the configuration and the files it names say now. */
  virtual void Reload() = 0;
  /** Takes no more requests and lets those under way finish, within a limit. `on_stopped` comes once, from the loop. */
  virtual void Shutdown(std::function<void()> on_stopped) = 0;
  virtual ControllerState GetControllerState() const = 0;
};

}  // namespace lookout
