// SPDX-License-Identifier: Apache-2.0
#include "proxy/DockerTransport.hxx"

#include <sys/un.h>

#include <stdexcept>
#include <string_view>

#include "base/Strings.hxx"
#include "proxy/CurlMulti.hxx"
#include "proxy/DockerExchange.hxx"
#include "proxy/HijackConnection.hxx"
#include "proxy/ReadyAnswer.hxx"

namespace lookout {

namespace {

/** Why this request cannot be written to the engine; "" when it can. */
std::string FindEngineFault(const Request &request) {
  const RequestHead &head = request.head;
  if (!IsValidMethod(head.method)) return "the method is not a valid token";
  if (!IsValidTarget(head.target)) return "the target is not a path of visible ASCII characters";
  for (const auto &header : head.headers) {
    if (!IsValidHeaderName(header.name)) return "a header field name is not a valid token";
    if (!IsValidHeaderValue(header.value)) return "header field " + header.name + " holds control characters";
  }
  if (head.method == "HEAD" && request.body && request.body->Length() != 0U) return "a HEAD request takes no body";
  return {};
}

Failure BadRequest(const Request &request, const std::string &fault) {
  return {Failure::Kind::BadRequest, "creating Docker API request " + Printable(request.head.method, 32) + " " +
                                         Printable(request.head.Path()) + ": " + fault};
}

}  // namespace

DockerTransport::DockerTransport(EventLoop &loop, std::string socket_path, DeadlineSettings settings)
    : loop_(loop),
      socket_path_(std::move(socket_path)),
      settings_(settings),
      multi_(std::make_unique<CurlMulti>(loop, kMaxIdleConnections)) {
  if (socket_path_.empty() || socket_path_.size() >= sizeof(sockaddr_un::sun_path)) {
    throw std::runtime_error("the path of Docker's socket (DOCKER_SOCKET) must have 1 to 107 bytes: \"" +
                             Printable(socket_path_) + "\"");
  }
}

DockerTransport::~DockerTransport() = default;

std::unique_ptr<Exchange> DockerTransport::Handle(Request &&request, ResponseSink &sink) {
  const std::string fault = FindEngineFault(request);
  if (!fault.empty()) return MakeReadyExchange(loop_, sink, BadRequest(request, fault));
  const Deadlines deadlines =
      request.deadlines.value_or(ChooseDeadlines(settings_, request.head, request.origin.transport));
  return std::make_unique<DockerExchange>(*multi_, socket_path_, std::move(request), deadlines, sink);
}

std::unique_ptr<Duplex> DockerTransport::Open(Request &&request, DuplexSink &sink) {
  const std::string fault = FindEngineFault(request);
  if (!fault.empty()) return MakeReadyDuplex(loop_, sink, BadRequest(request, fault));
  return std::make_unique<HijackConnection>(loop_, socket_path_, std::move(request), sink);
}

}  // namespace lookout
