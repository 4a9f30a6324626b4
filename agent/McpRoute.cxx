// SPDX-License-Identifier: Apache-2.0
#include "agent/McpRoute.hxx"

#include "proxy/WebOrigin.hxx"

namespace lookout {

namespace {

FullResponse Empty(int status) {
  return {{status, "", {}}, ""};
}

}  // namespace

std::unique_ptr<AnswerWork> McpRoute::Begin(WholeRequest request, Respond respond) {
  const auto &headers = request.head.headers;
  if (IsFromOtherSite(headers)) {
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
