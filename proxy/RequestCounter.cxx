// SPDX-License-Identifier: Apache-2.0
#include "proxy/RequestCounter.hxx"

#include "proxy/AgentPath.hxx"
#include "proxy/AnswerObserver.hxx"
#include "proxy/FailureStatus.hxx"

namespace lookout {

namespace {

/** As other servers log it: the client went away before it was answered. */
constexpr int kClientGone = 499;

class Count final : public AnswerObserver {
 public:
  Count(RequestMetrics &metrics, Request &request, const Dialect &fallback)
      : metrics_(metrics), method_(request.head.method) {
    const auto path = request.head.Path();
    const auto &dialect = AgentPath(path) ? DialectOf(path) : fallback;
    header_ = std::string(dialect.header_prefix) + "Request-Id";
    request.id = MakeRequestId();
    request.audit.event = "api_request";
    id_ = request.id;
  }
  ~Count() override { Answered(kClientGone); }
  Count(const Count &) = delete;
  Count &operator=(const Count &) = delete;

  void OnHead(ResponseHead &head) override {
    head.headers.Add(header_, id_);
    Answered(head.status);
  }
  void OnFailure(const Failure &failure) override { Answered(StatusOfFailure(failure.kind)); }

 private:
  void Answered(int status) {
    if (!counted_) metrics_.OnAnswered(method_, status);
    counted_ = true;
  }

  RequestMetrics &metrics_;
  const std::string method_;
  std::string header_;
  std::string id_;
  bool counted_ = false;
};

class Timing final : public AnswerObserver {
 public:
  Timing(RequestMetrics &metrics, EventLoop &loop) : metrics_(metrics), loop_(loop), start_(loop.Now()) {
    metrics_.OnStarted();
  }
  ~Timing() override { metrics_.OnFinished(loop_.Now() - start_); }
  Timing(const Timing &) = delete;
  Timing &operator=(const Timing &) = delete;

  void OnHead(ResponseHead &) override {}
  void OnFailure(const Failure &) override {}

 private:
  RequestMetrics &metrics_;
  EventLoop &loop_;
  const TimePoint start_;
};

}  // namespace

std::unique_ptr<Exchange> RequestCounter::Handle(Request &&request, ResponseSink &sink) {
  if (IsHealthPath(request.head.Path())) return next_.Handle(std::move(request), sink);
  auto count = std::make_unique<Count>(metrics_, request, dialect_);
  return HandleObserved(next_, std::move(request), sink, std::move(count));
}

std::unique_ptr<Duplex> RequestCounter::Open(Request &&request, DuplexSink &sink) {
  if (IsHealthPath(request.head.Path())) return next_.Open(std::move(request), sink);
  auto count = std::make_unique<Count>(metrics_, request, dialect_);
  return OpenObserved(next_, std::move(request), sink, std::move(count));
}

std::unique_ptr<Exchange> RequestTimer::Handle(Request &&request, ResponseSink &sink) {
  if (IsHealthPath(request.head.Path())) return next_.Handle(std::move(request), sink);
  return HandleObserved(next_, std::move(request), sink, std::make_unique<Timing>(metrics_, loop_));
}

std::unique_ptr<Duplex> RequestTimer::Open(Request &&request, DuplexSink &sink) {
  if (IsHealthPath(request.head.Path())) return next_.Open(std::move(request), sink);
  return OpenObserved(next_, std::move(request), sink, std::make_unique<Timing>(metrics_, loop_));
}

}  // namespace lookout
