// SPDX-License-Identifier: Apache-2.0
#include "proxy/PostRoute.hxx"

#include "proxy/BodyCollector.hxx"

namespace lookout {

namespace {

FullResponse MakeFaultResponse(BodyCollector::Fault fault) {
  switch (fault) {
    case BodyCollector::Fault::TooLarge: return MakeTextResponse(413, "request body too large");
    case BodyCollector::Fault::TimedOut: return MakeTextResponse(408, "request body read timed out");
    case BodyCollector::Fault::Broken: break;
  }
  return MakeTextResponse(400, "the request body broke off");
}

}  // namespace

/** First the body is read, then the route works on it. */
class PostRoute::Collecting final : public AnswerWork {
 public:
  Collecting(PostRoute &route, Request request, Respond respond)
      : route_(route),
        head_(std::move(request.head)),
        origin_(std::move(request.origin)),
        respond_(std::move(respond)),
        collector_(route.loop_, std::move(request.body), route.max_body_,
                   [this](auto body) { OnCollected(std::move(body)); }) {}

 private:
  void OnCollected(tl::expected<std::string, BodyCollector::Fault> body) {
    if (!body) return respond_(MakeFaultResponse(body.error()));
    work_ = route_.Begin({std::move(head_), std::move(origin_), std::move(*body)}, respond_);
  }

  PostRoute &route_;
  RequestHead head_;
  Origin origin_;
  Respond respond_;
  BodyCollector collector_;
  std::unique_ptr<AnswerWork> work_;
};

std::unique_ptr<Exchange> PostRoute::Handle(Request &&request, ResponseSink &sink) {
  if (request.head.method != "POST") return MakeReadyExchange(loop_, sink, MakeMethodNotAllowed("POST"));
  auto later = std::make_unique<LaterExchange>();
  auto respond = [this, &sink, answer = later.get()](FullResponse response) {
    answer->Become(MakeReadyExchange(loop_, sink, std::move(response)));
  };
  later->Keep(std::make_unique<Collecting>(*this, std::move(request), std::move(respond)));
  return later;
}

std::unique_ptr<Duplex> PostRoute::Open(Request &&, DuplexSink &sink) {
  return MakeReadyDuplex(loop_, sink, MakeNoUpgradeResponse());
}

}  // namespace lookout
