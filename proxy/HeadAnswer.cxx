// SPDX-License-Identifier: Apache-2.0
#include "proxy/HeadAnswer.hxx"

namespace lookout {

namespace {

class HeadExchange final : public Exchange, private ResponseSink {
 public:
  HeadExchange(EventLoop &loop, ResponseSink &sink) : sink_(sink), end_(loop, [this] { End(); }) {}

  void Begin(const std::function<std::unique_ptr<Exchange>(ResponseSink &)> &begin) { get_ = begin(*this); }
  void Resume() override {}

 private:
  void OnHead(ResponseHead head) override {
    end_.Schedule();
    sink_.OnHead(std::move(head));
  }
  // The head is enough, and how the body ends changes nothing.
  Flow OnData(std::string_view) override { return Flow::Wait; }
  void OnEnd() override {}
  void OnError(Failure failure) override {
    if (!end_.IsScheduled()) sink_.OnError(std::move(failure));
  }

  void End() {
    get_.reset();
    sink_.OnEnd();
  }

  ResponseSink &sink_;
  Deferred end_;
  std::unique_ptr<Exchange> get_;
};

}  // namespace

std::unique_ptr<Exchange> MakeHeadExchange(EventLoop &loop, ResponseSink &sink,
                                           const std::function<std::unique_ptr<Exchange>(ResponseSink &)> &begin) {
  auto exchange = std::make_unique<HeadExchange>(loop, sink);
  exchange->Begin(begin);
  return exchange;
}

}  // namespace lookout
