// SPDX-License-Identifier: Apache-2.0
#include "proxy/GetRoute.hxx"

#include "proxy/PlainDuplex.hxx"

namespace lookout {

namespace {

constexpr std::string_view kAllowed = "GET, HEAD";

}  // namespace

std::unique_ptr<Exchange> GetRoute::Handle(Request &&request, ResponseSink &sink) {
  const bool is_head = request.head.method == "HEAD";
  if (!is_head && request.head.method != "GET") return MakeReadyExchange(loop_, sink, MakeMethodNotAllowed(kAllowed));
  auto later = std::make_unique<LaterExchange>();
  later->Keep(Begin(request.head, [this, &sink, is_head, answer = later.get()](FullResponse response) {
    if (is_head) response.body.clear();
    answer->Become(MakeReadyExchange(loop_, sink, std::move(response)));
  }));
  return later;
}

std::unique_ptr<Duplex> GetRoute::Open(Request &&request, DuplexSink &sink) {
  return MakePlainDuplex(*this, std::move(request), sink);
}

}  // namespace lookout
