// SPDX-License-Identifier: Apache-2.0
#include "proxy/OperationsHandler.hxx"

#include "proxy/AgentPath.hxx"

namespace lookout {

RequestHandler &OperationsHandler::Find(const Request &request) {
  if (!own_names_.Accept(request)) return foreign_name_;
  const auto path = request.head.Path();
  const auto own = AgentPath(path);
  auto *const found = own ? agent_.Find(*own) : top_.Find(path);
  return found != nullptr ? *found : not_found_;
}

std::unique_ptr<Exchange> OperationsHandler::Handle(Request &&request, ResponseSink &sink) {
  auto &handler = Find(request);
  return handler.Handle(std::move(request), sink);
}

std::unique_ptr<Duplex> OperationsHandler::Open(Request &&request, DuplexSink &sink) {
  auto &handler = Find(request);
  return handler.Open(std::move(request), sink);
}

}  // namespace lookout
