// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

/** Answers requests from memory and writes their heads down. */
class FakeHandler final : public RequestHandler {
 public:
  using Answer = std::function<ReadyOutcome(const Request &)>;

  FakeHandler(EventLoop &loop, Answer answer) : loop_(loop), answer_(std::move(answer)) {}

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override {
    heads.push_back(request.head);
    return MakeReadyExchange(loop_, sink, answer_(request));
  }
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override {
    opened.push_back(request.head);
    return MakeReadyDuplex(loop_, sink, answer_(request));
  }

  std::vector<RequestHead> heads;
  std::vector<RequestHead> opened;

 private:
  EventLoop &loop_;
  Answer answer_;
};

}  // namespace lookout
