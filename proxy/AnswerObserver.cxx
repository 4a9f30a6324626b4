// SPDX-License-Identifier: Apache-2.0
#include "proxy/AnswerObserver.hxx"

#include <cassert>
#include <utility>

#include "proxy/CallOrder.hxx"

namespace lookout {

namespace {

/** What the two kinds have in common. */
template <typename Base, typename SinkBase>
class Observed : public Base, protected SinkBase {
 public:
  Observed(SinkBase &sink, std::unique_ptr<AnswerObserver> observer) : sink_(sink), observer_(std::move(observer)) {}

  void Resume() override { inner_->Resume(); }

 protected:
  void OnHead(ResponseHead head) override {
    assert(inner_ != nullptr);  // nothing is called before the request has been taken
    order_.OnHead();
    observer_->OnHead(head);
    sink_.OnHead(std::move(head));
  }
  Flow OnData(std::string_view bytes) override {
    order_.OnData();
    observer_->OnData(bytes);
    return sink_.OnData(bytes);
  }
  void OnEnd() override {
    order_.OnEnd();
    sink_.OnEnd();
  }
  void OnError(Failure failure) override {
    assert(inner_ != nullptr);
    order_.OnError();
    observer_->OnFailure(failure);
    sink_.OnError(std::move(failure));
  }

  SinkBase &sink_;
  std::unique_ptr<AnswerObserver> observer_;
  CallOrder order_;
  std::unique_ptr<Base> inner_;
};

class ObservedExchange final : public Observed<Exchange, ResponseSink> {
 public:
  using Observed::Observed;
  void Start(RequestHandler &handler, Request &&request) { inner_ = handler.Handle(std::move(request), *this); }

 private:
  void OnTrailers(const HeaderList &trailers) override { sink_.OnTrailers(trailers); }
};

class ObservedDuplex final : public Observed<Duplex, DuplexSink> {
 public:
  using Observed::Observed;
  void Start(RequestHandler &handler, Request &&request) { inner_ = handler.Open(std::move(request), *this); }

  Flow Send(std::string_view bytes) override { return inner_->Send(bytes); }
  void CloseWrite() override { inner_->CloseWrite(); }
  size_t Unsent() const override { return inner_->Unsent(); }

 private:
  void OnDrained() override { sink_.OnDrained(); }
};

}  // namespace

std::unique_ptr<Exchange> HandleObserved(RequestHandler &handler, Request &&request, ResponseSink &sink,
                                         std::unique_ptr<AnswerObserver> observer) {
  auto exchange = std::make_unique<ObservedExchange>(sink, std::move(observer));
  exchange->Start(handler, std::move(request));
  return exchange;
}

std::unique_ptr<Duplex> OpenObserved(RequestHandler &handler, Request &&request, DuplexSink &sink,
                                     std::unique_ptr<AnswerObserver> observer) {
  auto duplex = std::make_unique<ObservedDuplex>(sink, std::move(observer));
  duplex->Start(handler, std::move(request));
  return duplex;
}

}  // namespace lookout
