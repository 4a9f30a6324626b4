// SPDX-License-Identifier: Apache-2.0
#include "agent/RemoteTransport.hxx"

#include "agent/RemoteExchange.hxx"

namespace lookout {

namespace {

/** A plain request, for whose sink nothing ever drains. */
class PlainRemoteExchange final : public Exchange, private DuplexSink {
 public:
  PlainRemoteExchange(RemoteTransport &transport, Request request, ResponseSink &sink)
      : sink_(sink), exchange_(transport, std::move(request), *this) {}

  void Resume() override { exchange_.Resume(); }

 private:
  void OnHead(ResponseHead head) override { sink_.OnHead(std::move(head)); }
  Flow OnData(std::string_view bytes) override { return sink_.OnData(bytes); }
  void OnEnd() override { sink_.OnEnd(); }
  void OnError(Failure failure) override { sink_.OnError(std::move(failure)); }
  void OnDrained() override {}

  ResponseSink &sink_;
  RemoteExchange exchange_;
};

}  // namespace

std::unique_ptr<Exchange> RemoteTransport::Handle(Request &&request, ResponseSink &sink) {
  return std::make_unique<PlainRemoteExchange>(*this, std::move(request), sink);
}

std::unique_ptr<Duplex> RemoteTransport::Open(Request &&request, DuplexSink &sink) {
  return std::make_unique<RemoteExchange>(*this, std::move(request), sink);
}

}  // namespace lookout
