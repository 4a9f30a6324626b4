// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"

namespace lookout {

/** An answer that is complete before it is given. */
struct FullResponse {
  ResponseHead head;
  std::string body;
};

FullResponse MakeResponse(int status, std::string_view content_type, std::string body);
/** One line of text, to which an LF is added, that no browser may take for anything else. */
FullResponse MakeTextResponse(int status, std::string_view line);
FullResponse MakeJsonResponse(int status, std::string json);
/** 405; `allowed` is what the route takes: "GET, HEAD". */
FullResponse MakeMethodNotAllowed(std::string_view allowed);
/** 400, for a request that asks for an upgrade where there is none. */
FullResponse MakeNoUpgradeResponse();

using ReadyOutcome = std::variant<FullResponse, Failure>;

/**
 * An Exchange whose outcome is known already. It is delivered from the loop, as the contract asks; a large body in
 * pieces, as the sink takes them.
 */
std::unique_ptr<Exchange> MakeReadyExchange(EventLoop &loop, ResponseSink &sink, ReadyOutcome outcome);
/** The same for a request that asked for an upgrade and does not get it. */
std::unique_ptr<Duplex> MakeReadyDuplex(EventLoop &loop, DuplexSink &sink, ReadyOutcome outcome);

/** Answers every request the same way. */
class ReadyHandler final : public RequestHandler {
 public:
  ReadyHandler(EventLoop &loop, ReadyOutcome outcome) : loop_(loop), outcome_(std::move(outcome)) {}
  std::unique_ptr<Exchange> Handle(Request &&, ResponseSink &sink) override {
    return MakeReadyExchange(loop_, sink, outcome_);
  }
  std::unique_ptr<Duplex> Open(Request &&, DuplexSink &sink) override { return MakeReadyDuplex(loop_, sink, outcome_); }

 private:
  EventLoop &loop_;
  ReadyOutcome outcome_;
};

}  // namespace lookout
