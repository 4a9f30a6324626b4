// SPDX-License-Identifier: Apache-2.0
#include "proxy/Dispatcher.hxx"

#include <optional>

#include "auth/Dialect.hxx"
#include "base/Strings.hxx"
#include "proxy/AgentPath.hxx"
#include "proxy/AnswerObserver.hxx"
#include "proxy/AuditTrail.hxx"
#include "proxy/ReadyAnswer.hxx"
#include "proxy/TargetQuery.hxx"

namespace lookout {

namespace {

/** Why the request is not well-formed; "" when it is. */
std::string FindFault(const RequestHead &head) {
  if (!IsValidMethod(head.method)) return "invalid request method: \"" + Printable(head.method, 32) + "\"";
  if (!IsValidTarget(head.target)) {
    return "invalid request path (it must begin with / and hold only visible ASCII characters, at most 16 KiB): \"" +
           Printable(head.target, 64) + "\"";
  }
  size_t total = 0;
  for (const auto &header : head.headers) {
    if (!IsValidHeaderName(header.name)) return "invalid header name: \"" + Printable(header.name, 64) + "\"";
    if (!IsValidHeaderValue(header.value)) return "control characters in header " + header.name;
    if (header.value.size() > Dispatcher::kMaxHeaderValue) return "header " + header.name + " is over 64 KiB";
    total += header.name.size() + header.value.size();
  }
  return total > Dispatcher::kMaxHeaders ? "the headers are over 256 KiB" : "";
}

/** A field that proves to the agent who asks; it is nobody else's business. */
bool IsCredential(const Header &field) {
  const std::string_view name = field.name;
  const auto begins = [name](std::string_view prefix) {
    return EqualsIgnoreCase(name.substr(0, prefix.size()), prefix);
  };
  return EqualsIgnoreCase(name, "authorization") || EqualsIgnoreCase(name, "x-dd-agent-secret") ||
         begins(kPortwingDialect.header_prefix) || begins(kLookoutDialect.header_prefix);
}

/** The exec that a request starts, POST /exec/{id}/start; "" for any other. */
std::string_view ExecStarted(const RequestHead &head) {
  constexpr std::string_view kBefore = "/exec/";
  constexpr std::string_view kBehind = "/start";
  auto path = StripApiVersion(head.Path());
  if (head.method != "POST" || !path.starts_with(kBefore) || !path.ends_with(kBehind)) return {};
  path.remove_prefix(kBefore.size());
  if (path.size() <= kBehind.size()) return {};
  path.remove_suffix(kBehind.size());
  return path.find('/') == std::string_view::npos ? path : std::string_view();
}

/** Names the request for the audit, and with it what it starts. */
void Prepare(Request &request) {
  if (request.audit.event.empty()) return;
  if (request.id.empty()) request.id = MakeRequestId();
  const auto exec_id = ExecStarted(request.head);
  if (request.audit.event != "api_request" || exec_id.empty()) return;
  request.audit.event = "exec_start";
  request.audit.exec_id = exec_id;
}

}  // namespace

RequestHandler &Dispatcher::Choose(const RequestHead &head, std::optional<ReadyHandler> &refusal) const {
  std::string fault = FindFault(head);
  if (!fault.empty()) return refusal.emplace(loop_, Failure{Failure::Kind::BadRequest, std::move(fault)});
  if (auto *const handler = Route(head.Path())) return *handler;
  return refusal.emplace(loop_, MakeTextResponse(404, "404 page not found"));
}

RequestHandler *Dispatcher::Route(std::string_view path) const {
  if (const auto own = AgentPath(path)) return agent_routes_.Find(*own);
  auto *const top = top_routes_.Find(path);
  return top != nullptr ? top : &docker_;
}

std::unique_ptr<Exchange> Dispatcher::Handle(Request &&request, ResponseSink &sink) {
  Prepare(request);
  auto trail = std::make_unique<AuditTrail>(audit_, loop_.GetClock(), request);
  std::optional<ReadyHandler> refusal;
  RequestHandler &handler = Choose(request.head, refusal);
  request.head.headers.RemoveIf(IsCredential);
  return HandleObserved(handler, std::move(request), sink, std::move(trail));
}

std::unique_ptr<Duplex> Dispatcher::Open(Request &&request, DuplexSink &sink) {
  Prepare(request);
  auto trail = std::make_unique<AuditTrail>(audit_, loop_.GetClock(), request);
  std::optional<ReadyHandler> refusal;
  RequestHandler &handler = Choose(request.head, refusal);
  request.head.headers.RemoveIf(IsCredential);
  return OpenObserved(handler, std::move(request), sink, std::move(trail));
}

}  // namespace lookout
