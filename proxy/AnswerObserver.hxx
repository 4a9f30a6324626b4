// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>

#include "proxy/Exchange.hxx"

namespace lookout {

/** Looks on while an answer passes by; destroyed with the exchange. */
class AnswerObserver {
 public:
  virtual ~AnswerObserver() = default;
  /** May add header fields. */
  virtual void OnHead(ResponseHead &head) = 0;
  virtual void OnData(std::string_view) {}
  virtual void OnFailure(const Failure &failure) = 0;
};

/** Lets `handler` handle the request for `sink`, with an observer in between. */
std::unique_ptr<Exchange> HandleObserved(RequestHandler &handler, Request &&request, ResponseSink &sink,
                                         std::unique_ptr<AnswerObserver> observer);
std::unique_ptr<Duplex> OpenObserved(RequestHandler &handler, Request &&request, DuplexSink &sink,
                                     std::unique_ptr<AnswerObserver> observer);

}  // namespace lookout
