// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "agent/RemoteConnector.hxx"
#include "agent/RemoteCredential.hxx"
#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/HeldBody.hxx"

namespace lookout {

/**
 * Carries requests to an agent's listener, each over a connection of its own, with the credential added. What the
 * agent answers is passed on as it is. A request that must be signed is held back until its body is whole.
 */
class RemoteTransport final : public RequestHandler {
 public:
  /** All of them must outlive it. */
  RemoteTransport(EventLoop &loop, const RemoteEndpoint &endpoint, const RemoteCredential &credential,
                  HeldBodyRoom &room)
      : loop_(loop), endpoint_(endpoint), credential_(credential), room_(room) {}

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

 private:
  friend class RemoteExchange;

  EventLoop &loop_;
  const RemoteEndpoint &endpoint_;
  const RemoteCredential &credential_;
  HeldBodyRoom &room_;
};

}  // namespace lookout
