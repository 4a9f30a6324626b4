// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/LaterAnswer.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

/**
 * A route that answers GET, and HEAD without the body; other methods get 405. Requests for an upgrade are answered
 * like any other.
 */
class GetRoute : public RequestHandler {
 public:
  explicit GetRoute(EventLoop &loop) : loop_(loop) {}

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) final;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) final;

  /** Calls back once, at once or from the loop. */
  using Respond = std::function<void(FullResponse)>;
  using Work = AnswerWork;

 protected:
  /** nullptr when `respond` has been called already. */
  virtual std::unique_ptr<Work> Begin(const RequestHead &head, Respond respond) = 0;
  EventLoop &Loop() const { return loop_; }

 private:
  EventLoop &loop_;
};

}  // namespace lookout
