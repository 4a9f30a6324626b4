// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/EventLoop.hxx"
#include "proxy/StreamConnector.hxx"

namespace lookout {

/** Connects to the engine's unix socket; while its queue of connections is full, again and again. */
class UnixConnector final : public StreamConnector {
 public:
  UnixConnector(EventLoop &loop, std::string path);

  void Connect(std::function<void(Outcome)> on_done) override;
  std::string WaitingFor() const override;

 private:
  void Try();

  EventLoop &loop_;
  const std::string path_;
  std::function<void(Outcome)> on_done_;
  Timer retry_;
};

}  // namespace lookout
