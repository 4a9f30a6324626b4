// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/EventLoop.hxx"
#include "proxy/AuditJournal.hxx"
#include "proxy/Exchange.hxx"
#include "proxy/ReadyAnswer.hxx"
#include "proxy/RouteTable.hxx"

namespace lookout {

/**
 * Where every request of the outside enters, whoever carried it here: checks it, takes the agent's own
 * credentials out of its headers, leaves one audit record, and hands it to the agent's routes (below /_lookout/ and
 * /_portwing/, where unknown ones are 404, and those at the top, such as /health) or to Docker (everything else). Paths
 * are compared as they were written, never decoded, so nothing that is checked here reads differently at the engine.
 *
 * A request that is not well-formed ends as Failure::BadRequest: method, target and header fields must be valid,
 * values at most kMaxHeaderValue bytes, all fields together at most kMaxHeaders bytes.
 */
class Dispatcher final : public RequestHandler {
 public:
  static constexpr size_t kMaxHeaderValue = 64 * 1024;
  static constexpr size_t kMaxHeaders = 256 * 1024;

  Dispatcher(EventLoop &loop, RouteTable &top_routes, RouteTable &agent_routes, RequestHandler &docker,
             AuditJournal &audit)
      : loop_(loop), top_routes_(top_routes), agent_routes_(agent_routes), docker_(docker), audit_(audit) {}

  std::unique_ptr<Exchange> Handle(Request &&request, ResponseSink &sink) override;
  std::unique_ptr<Duplex> Open(Request &&request, DuplexSink &sink) override;

 private:
  /** Who answers the request; `refusal` holds whoever answers one that goes nowhere. */
  RequestHandler &Choose(const RequestHead &head, std::optional<ReadyHandler> &refusal) const;
  RequestHandler *Route(std::string_view path) const;

  EventLoop &loop_;
  RouteTable &top_routes_;
  RouteTable &agent_routes_;
  RequestHandler &docker_;
  AuditJournal &audit_;
};

}  // namespace lookout
