// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeRoute.hxx"

#include "agent/ComposeExchange.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

namespace {

FullResponse MethodNotAllowed() {
  auto response = MakeTextResponse(405, "method not allowed");
  response.head.headers.Add("Allow", "POST");
  return response;
}

}  // namespace

std::unique_ptr<Exchange> ComposeRoute::Handle(Request request, ResponseSink &sink) {
  if (request.head.method != "POST") return MakeReadyExchange(context_.loop, sink, MethodNotAllowed());
  if (operations_ >= kMaxOperations) {
    auto response = MakeTextResponse(503, "too many compose operations at a time; try again later");
    response.head.headers.Add("Retry-After", "5");
    return MakeReadyExchange(context_.loop, sink, std::move(response));
  }
  return std::make_unique<ComposeExchange>(*this, std::move(request), sink);
}

std::unique_ptr<Duplex> ComposeRoute::Open(Request, DuplexSink &sink) {
  return MakeReadyDuplex(context_.loop, sink, MakeTextResponse(400, "this route does not switch protocols"));
}

}  // namespace lookout
