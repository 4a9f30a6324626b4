// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/ReadyAnswer.hxx"
#include "proxy/RouteTable.hxx"

namespace lookout {

/**
 * What the operations listener serves: the routes at the top ("/health") and those under the agent's prefix, in
 * either dialect, and nothing else: 404. Docker is out of reach here, since nobody has to prove who he is.
 */
class OperationsHandler final : public RequestHandler {
 public:
  OperationsHandler(EventLoop &loop, RouteTable &top, RouteTable &agent)
      : top_(top), agent_(agent), not_found_(loop, MakeTextResponse(404, "404 page not found")) {}

  std::unique_ptr<Exchange> Handle(Request request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request request, DuplexSink &sink) override;

 private:
  RequestHandler &Find(std::string_view path);

  RouteTable &top_;
  RouteTable &agent_;
  ReadyHandler not_found_;
};

}  // namespace lookout
