// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/FailureLimiter.hxx"
#include "auth/KeyEnrollment.hxx"
#include "auth/KeyRing.hxx"
#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/GateObserver.hxx"

namespace lookout {

/**
 * POST /api/portwing/enroll, and the same with lookout: adds one key to those that may sign, for the token that
 * permits it once (docs/listener.md, "Enrollment"). The token must not cross a network in the clear, so this needs TLS,
 * unless the connection is from this host.
 *
 * The origin names the client. An address that failed too often, here or at the gate, or sent too much rubbish, is
 * refused before its request is read, and again before it is judged, so that guesses sent at once count as well.
 */
class EnrollmentRoute final : public RequestHandler {
 public:
  /** `failures` are those of the gate. All must outlive this. */
  EnrollmentRoute(EventLoop &loop, KeyEnrollment &enrollment, KeyRing &keys, FailureLimiter &failures,
                  GateObserver &observer);

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

 private:
  class Attempt;
  struct Outcome {
    EnrollmentReport report;
    /** For the client; "" is the JSON of a success. */
    std::string text;
    std::optional<std::chrono::seconds> retry_after;
  };

  std::optional<Outcome> RefuseEarly(const Request &request);
  Outcome Enroll(std::string_view body);
  Outcome AddKey(const Ed25519PublicKey &key);
  FullResponse Conclude(const Request &request, const Outcome &outcome);

  EventLoop &loop_;
  KeyEnrollment &enrollment_;
  KeyRing &keys_;
  FailureLimiter &failures_;
  FailureLimiter rubbish_;
  GateObserver &observer_;
};

}  // namespace lookout
