// SPDX-License-Identifier: Apache-2.0
#include "proxy/OperationsHandler.hxx"

#include "proxy/AgentPath.hxx"

namespace lookout {

RequestHandler &OperationsHandler::Find(std::string_view path) {
  const auto own = AgentPath(path);
  auto *const found = own ? agent_.Find(*own) : top_.Find(path);
  return found != nullptr ? *found : not_found_;
}

std::unique_ptr<Exchange> OperationsHandler::Handle(Request request, ResponseSink &sink) {
  auto &handler = Find(request.head.Path());
  return handler.Handle(std::move(request), sink);
}

std::unique_ptr<Duplex> OperationsHandler::Open(Request request, DuplexSink &sink) {
  auto &handler = Find(request.head.Path());
  return handler.Open(std::move(request), sink);
}

}  // namespace lookout
