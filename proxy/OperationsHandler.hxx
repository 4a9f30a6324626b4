// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/EventLoop.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/OwnNames.hxx"
#include "proxy/ReadyAnswer.hxx"
#include "proxy/RouteTable.hxx"

namespace lookout {

/**
 * What the operations listener serves: the routes at the top ("/health") and those under the agent's prefix, in
 * either dialect, and nothing else: 404; 403 for those who ask by a name that is not this host's. Docker is out of
 * reach here, since nobody has to prove who he is.
 */
class OperationsHandler final : public RequestHandler {
 public:
  OperationsHandler(EventLoop &loop, RouteTable &top, RouteTable &agent, OwnNames own_names = {})
      : top_(top),
        agent_(agent),
        own_names_(std::move(own_names)),
        not_found_(loop, MakeTextResponse(404, "404 page not found")),
        foreign_name_(loop, MakeTextResponse(403, std::string(kForeignNameText))) {}

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

 private:
  RequestHandler &Find(const Request &request);

  RouteTable &top_;
  RouteTable &agent_;
  const OwnNames own_names_;
  ReadyHandler not_found_;
  ReadyHandler foreign_name_;
};

}  // namespace lookout
