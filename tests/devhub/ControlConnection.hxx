// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/EventLoop.hxx"
#include "base/UniqueFd.hxx"
#include "tests/devhub/EventBus.hxx"

namespace lookout::devhub {

class ControlServer;

/** One user of the control socket. */
class ControlConnection {
 public:
  ControlConnection(EventLoop &loop, ControlServer &server, ClientId client, UniqueFd fd);

  /** Adds a line. Flow::Wait above kHighWater; ControlServer::OnDrained() once all has been written. */
  Flow Write(std::string_view line);

 private:
  static constexpr size_t kHighWater = 256 * 1024;
  static constexpr size_t kMaxLine = 64 * 1024 * 1024;

  void OnReady(uint32_t events);
  bool ReadSome();
  bool WriteSome();
  void RunLines();
  void Watch();
  void End();

  ControlServer &server_;
  const ClientId client_;
  UniqueFd fd_;
  FdEvent event_;
  std::string incoming_;
  std::string outgoing_;
  bool waiting_ = false;
};

}  // namespace lookout::devhub
