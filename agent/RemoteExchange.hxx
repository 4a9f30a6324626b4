// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/RemoteTransport.hxx"
#include "proxy/HeldBody.hxx"
#include "proxy/HijackConnection.hxx"

namespace lookout {

/** One request to an agent under way, plain or upgrade; see RemoteTransport. */
class RemoteExchange final : public Duplex, private DuplexSink {
 public:
  RemoteExchange(RemoteTransport &transport, Request request, DuplexSink &sink);

  void Resume() override;
  Flow Send(std::string_view bytes) override;
  void CloseWrite() override;
  size_t Unsent() const override;

 private:
  void OnHead(ResponseHead head) override;
  Flow OnData(std::string_view bytes) override { return sink_.OnData(bytes); }
  void OnEnd() override { sink_.OnEnd(); }
  void OnError(Failure failure) override { sink_.OnError(std::move(failure)); }
  void OnDrained() override { sink_.OnDrained(); }

  void Begin();
  void OnHeld(tl::expected<HeldBody::Whole, HeldBody::Fault> outcome);
  void Launch(const Sha256Digest &digest);

  RemoteTransport &transport_;
  DuplexSink &sink_;
  Request request_;
  bool is_upgrade_;
  std::string early_;  // Send() before there is a connection
  bool close_requested_ = false;
  Deferred begin_;
  std::optional<HeldBody> held_;
  std::unique_ptr<HijackConnection> connection_;  // last, and so cancelled first
};

}  // namespace lookout
