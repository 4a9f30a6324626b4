// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "base/UniqueFd.hxx"
#include "tests/devhub/ControlCommands.hxx"
#include "tests/devhub/EventBus.hxx"

namespace lookout::devhub {

class ControlConnection;
class Hub;

/** The control socket: one JSON command a line in, replies and events out, likewise one a line. */
class ControlServer final : public EventBus {
 public:
  /** Throws when the socket cannot be made; a stale one is replaced. */
  ControlServer(Hub &hub, const std::string &path);
  ~ControlServer() override;

  Flow Emit(ClientId client, std::string_view json) override;

  /** From the connections. */
  void OnLine(ClientId client, std::string_view line);
  void OnDrained(ClientId client);
  void OnGone(ClientId client);

 private:
  void OnAcceptable();
  void RemoveGone();

  Hub &hub_;
  const std::string path_;
  ControlCommands commands_;
  UniqueFd listener_;
  FdEvent event_;
  ClientId last_client_ = 0;
  std::map<ClientId, std::unique_ptr<ControlConnection>> connections_;
  std::vector<ClientId> gone_;
  Deferred remover_;
};

}  // namespace lookout::devhub
