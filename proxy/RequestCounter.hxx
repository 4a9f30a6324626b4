// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "auth/Dialect.hxx"
#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/RequestMetrics.hxx"

namespace lookout {

/**
 * What every request on the listener passes first, before anybody is asked for a proof: it gets an id, which the
 * answer tells in a header (X-Portwing-Request-Id), is counted with its answer's status, and is marked for the audit.
 * Health and readiness pass untouched.
 */
class RequestCounter final : public RequestHandler {
 public:
  /** `dialect` names the header where the path does not. */
  RequestCounter(RequestHandler &next, RequestMetrics &metrics, const Dialect &dialect)
      : next_(next), metrics_(metrics), dialect_(dialect) {}

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

 private:
  RequestHandler &next_;
  RequestMetrics &metrics_;
  const Dialect &dialect_;
};

/** What a request passes that has proved who it is: how many there are at a time, and how long they take. */
class RequestTimer final : public RequestHandler {
 public:
  RequestTimer(EventLoop &loop, RequestHandler &next, RequestMetrics &metrics)
      : loop_(loop), next_(next), metrics_(metrics) {}

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

 private:
  EventLoop &loop_;
  RequestHandler &next_;
  RequestMetrics &metrics_;
};

}  // namespace lookout
