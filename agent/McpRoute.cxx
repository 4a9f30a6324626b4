// SPDX-License-Identifier: Apache-2.0
#include "agent/McpRoute.hxx"

#include "base/Strings.hxx"

namespace lookout {

namespace {

/** "https://Host:3000" -> "host:3000"; "" when there is no scheme. */
std::string AuthorityOf(std::string_view origin) {
  const auto scheme = origin.find("://");
  if (scheme == std::string_view::npos) return {};
  return ToLower(origin.substr(scheme + 3));
}

std::string_view WithoutPort(std::string_view authority) {
  const auto colon = authority.rfind(':');
  const auto bracket = authority.rfind(']');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || bracket < colon);
  return has_port ? authority.substr(0, colon) : authority;
}

FullResponse Empty(int status) {
  return {{status, "", {}}, ""};
}

}  // namespace

bool IsOwnOrigin(std::string_view origin, std::string_view host) {
  const std::string authority = AuthorityOf(origin);
  const auto name = WithoutPort(authority);
  return !name.empty() && (authority == ToLower(host) || name == "localhost" || name == "127.0.0.1" || name == "[::1]");
}

std::unique_ptr<AnswerWork> McpRoute::Begin(WholeRequest request, Respond respond) {
  const auto &headers = request.head.headers;
  const auto *const origin = headers.Find("Origin");
  const auto *const host = headers.Find("Host");
  if (origin != nullptr && !IsOwnOrigin(*origin, host == nullptr ? std::string_view() : *host)) {
    respond(MakeTextResponse(403, "requests from other web sites are refused"));
    return nullptr;
  }
  const auto *const version = headers.Find("MCP-Protocol-Version");
  if (version != nullptr && !IsMcpVersion(*version)) {
    respond(MakeTextResponse(400, "unsupported MCP-Protocol-Version"));
    return nullptr;
  }
  return server_.Handle(request.body, [respond = std::move(respond)](std::optional<std::string> answer) {
    respond(answer ? MakeJsonResponse(200, *answer + "\n") : Empty(202));
  });
}

}  // namespace lookout
