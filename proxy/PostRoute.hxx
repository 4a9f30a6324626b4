// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/LaterAnswer.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

/** A request whose body has been read. */
struct WholeRequest {
  RequestHead head;
  Origin origin;
  std::string body;
};

/**
 * A route that answers POST when the whole body is there. Other methods get 405, a body over the limit 413, one that
 * comes too slowly 408, and one that breaks off 400. Requests for an upgrade are answered 400.
 */
class PostRoute : public RequestHandler {
 public:
  /** `max_body` in bytes. */
  PostRoute(EventLoop &loop, size_t max_body) : loop_(loop), max_body_(max_body) {}

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) final;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) final;

  /** Calls back once, at once or from the loop. */
  using Respond = std::function<void(FullResponse)>;

 protected:
  /** nullptr when `respond` has been called already. */
  virtual std::unique_ptr<AnswerWork> Begin(WholeRequest request, Respond respond) = 0;
  EventLoop &Loop() const { return loop_; }

 private:
  class Collecting;

  EventLoop &loop_;
  const size_t max_body_;
};

}  // namespace lookout
