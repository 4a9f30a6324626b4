// SPDX-License-Identifier: Apache-2.0
#include "proxy/PlainDuplex.hxx"

namespace lookout {

namespace {

class PlainDuplex final : public Duplex, private ResponseSink {
 public:
  PlainDuplex(RequestHandler &handler, Request request, DuplexSink &sink)
      : sink_(sink), exchange_(handler.Handle(std::move(request), *this)) {}

  void Resume() override { exchange_->Resume(); }
  // Nobody is there to read what the asker sends.
  Flow Send(std::string_view) override { return Flow::Go; }
  void CloseWrite() override {}
  size_t Unsent() const override { return 0; }

 private:
  void OnHead(ResponseHead head) override { sink_.OnHead(std::move(head)); }
  Flow OnData(std::string_view bytes) override { return sink_.OnData(bytes); }
  void OnEnd() override { sink_.OnEnd(); }
  void OnError(Failure failure) override { sink_.OnError(std::move(failure)); }

  DuplexSink &sink_;
  std::unique_ptr<Exchange> exchange_;
};

}  // namespace

std::unique_ptr<Duplex> MakePlainDuplex(RequestHandler &handler, Request &&request, DuplexSink &sink) {
  return std::make_unique<PlainDuplex>(handler, std::move(request), sink);
}

}  // namespace lookout
