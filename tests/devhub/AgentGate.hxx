// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "proxy/Exchange.hxx"
#include "proxy/Listener.hxx"

namespace lookout::devhub {

class Hub;

/** The unix socket on which plain HTTP reaches one agent's engine; without a session it answers 502. */
class AgentGate final : public RequestHandler {
 public:
  AgentGate(Hub &hub, std::string agent, const std::string &path);

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  /** The tunnel carries no upgrades: answers 501. */
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

 private:
  Hub &hub_;
  const std::string agent_;
  Listener listener_;
};

}  // namespace lookout::devhub
