// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeRoute.hxx"

#include "agent/ComposeExchange.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

std::unique_ptr<Exchange> ComposeRoute::Handle(Request &&request, ResponseSink &sink) {
  if (request.head.method != "POST") return MakeReadyExchange(context_.loop, sink, MakeMethodNotAllowed("POST"));
  if (operations_ >= kMaxOperations) {
    auto response = MakeTextResponse(503, "too many compose operations at a time; try again later");
    response.head.headers.Add("Retry-After", "5");
    return MakeReadyExchange(context_.loop, sink, std::move(response));
  }
  return std::make_unique<ComposeExchange>(*this, std::move(request), sink);
}

std::unique_ptr<Duplex> ComposeRoute::Open(Request &&, DuplexSink &sink) {
  return MakeReadyDuplex(context_.loop, sink, MakeNoUpgradeResponse());
}

}  // namespace lookout
