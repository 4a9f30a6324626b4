// SPDX-License-Identifier: Apache-2.0
#include "proxy/DockerCall.hxx"

#include <fmt/core.h>

#include <cassert>
#include <utility>

#include "proxy/CallOrder.hxx"

namespace lookout {

class DockerCall::Collector final : public ResponseSink {
 public:
  Collector(EventLoop &loop, RequestHandler &handler, Request &&request, size_t max_body, Callback on_done)
      : title_(request.head.method + " " + std::string(request.head.Path())),
        max_body_(max_body),
        on_done_(std::move(on_done)),
        finish_(loop, [this] { Finish(); }),
        exchange_(handler.Handle(std::move(request), *this)) {}

  void OnHead(ResponseHead head) override {
    order_.OnHead();
    reply_.status = head.status;
    reply_.headers = std::move(head.headers);
  }

  Flow OnData(std::string_view bytes) override {
    order_.OnData();
    if (too_large_) return Flow::Wait;
    if (bytes.size() > max_body_ - reply_.body.size()) {
      too_large_ = true;
      outcome_.failure =
          Failure{Failure::Kind::TooLarge, fmt::format("the answer to {} is larger than {} bytes", title_, max_body_)};
      finish_.Schedule();
      return Flow::Wait;
    }
    reply_.body += bytes;
    return Flow::Go;
  }

  void OnEnd() override {
    order_.OnEnd();
    if (too_large_) return;
    outcome_.reply = std::move(reply_);
    finish_.Schedule();
  }

  void OnError(Failure failure) override {
    order_.OnError();
    if (too_large_) return;
    outcome_.failure = std::move(failure);
    finish_.Schedule();
  }

 private:
  void Finish() {
    exchange_.reset();
    // On the stack, because the callback may destroy this object.
    const auto on_done = std::exchange(on_done_, nullptr);
    assert(on_done);
    on_done(std::move(outcome_));
  }

  const std::string title_;
  const size_t max_body_;
  Callback on_done_;
  DockerReply reply_;
  Outcome outcome_;
  CallOrder order_;
  bool too_large_ = false;
  Deferred finish_;
  std::unique_ptr<Exchange> exchange_;
};

DockerCall::DockerCall(EventLoop &loop, RequestHandler &handler, Request &&request, size_t max_body, Callback on_done)
    : collector_(std::make_unique<Collector>(loop, handler, std::move(request), max_body, std::move(on_done))) {}

DockerCall::~DockerCall() = default;

Request MakeAgentRequest(std::string_view method, std::string_view target) {
  Request request;
  request.head.method = method;
  request.head.target = target;
  return request;
}

Request MakeAgentRequest(std::string_view method, std::string_view target, std::string json) {
  Request request = MakeAgentRequest(method, target);
  request.head.headers.Add("Content-Type", "application/json");
  request.body = std::make_unique<StringBody>(std::move(json));
  return request;
}

}  // namespace lookout
