// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/McpServer.hxx"
#include "proxy/PostRoute.hxx"

namespace lookout {

/**
 * POST mcp: the McpServer over HTTP (its "Streamable HTTP" transport, without streams and sessions). A message that
 * wants no answer gets 202. Pages of other web sites are refused by their Origin (403), clients that speak an unknown
 * version of the protocol by their MCP-Protocol-Version (400).
 */
class McpRoute final : public PostRoute {
 public:
  static constexpr size_t kMaxBody = size_t{1} << 20;

  McpRoute(EventLoop &loop, const McpServer &server) : PostRoute(loop, kMaxBody), server_(server) {}

 protected:
  std::unique_ptr<AnswerWork> Begin(WholeRequest request, Respond respond) override;

 private:
  const McpServer &server_;
};

}  // namespace lookout
