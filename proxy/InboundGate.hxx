// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>

#include "proxy/GateCheck.hxx"
#include "proxy/GateContext.hxx"

namespace lookout {

/**
 * Stands between the listener and all that it leads to, and lets a request pass when it proves who sent it (GateCheck).
 * Whoever is behind sees in its origin the client's address and the kind of proof. Health and readiness need none.
 *
 * A signed body is read and held until its signature has been verified; every other body is read by whoever is behind.
 * So a client that expects "100 Continue" gets it only when the checks that need no body are done.
 */
class InboundGate final : public RequestHandler {
 public:
  /** Nobody passes until SetCredentials(). The references must outlive this. */
  InboundGate(EventLoop &loop, GateSettings settings, const KeyRing &keys, RequestHandler &inside,
              GateObserver &observer);
  ~InboundGate() override;

  /** For requests from now on. */
  void SetCredentials(const GateCredentials &credentials);
  /** A path that leads to `handler` without any proof; it looks after itself, with Failures(). */
  void AddOpenPath(std::string_view path, RequestHandler &handler) {
    open_.insert_or_assign(std::string(path), &handler);
  }
  /** Who has failed too often. */
  FailureLimiter &Failures() { return context_.failures; }
  /** Which signatures have been accepted. */
  ReplayGuard &Replays() { return context_.replays; }

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

 private:
  /** Where a request goes that has nothing to prove, or nullptr. */
  RequestHandler *FindOpen(std::string_view path);
  IpAddress NameClient(Request &request) const;

  GateContext context_;
  Worker worker_;
  RequestHandler &inside_;
  std::map<std::string, RequestHandler *, std::less<>> open_;
};

}  // namespace lookout
