// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/HostCollector.hxx"
#include "base/EventLoop.hxx"
#include "base/JsonValue.hxx"
#include "base/Result.hxx"
#include "proxy/LaterAnswer.hxx"

namespace lookout {

/** What a tool is asked; checked against its schema. */
struct McpToolArguments {
  std::string container_id;
  int64_t tail = 100;
};

/** What a tool found, as JSON, or what went wrong, as text. */
using McpToolResult = Result<std::string>;
using McpToolDone = std::function<void(McpToolResult)>;

/** What the tools look at; everything outlives the calls. */
struct McpToolContext {
  EventLoop &loop;
  RequestHandler &docker;
  HostCollector &host;
  CpuSampler &cpu;
};

/** One of the tools that an assistant can use. All of them only read. */
struct McpTool {
  std::string_view name;
  std::string_view title;
  std::string_view description;
  bool takes_container;
  bool takes_tail;
  /** Calls back once, at once (then it returns nullptr) or from the loop. */
  std::unique_ptr<AnswerWork> (*begin)(const McpToolContext &context, const McpToolArguments &arguments,
                                       McpToolDone on_done);
};

std::span<const McpTool> AllMcpTools();
/** nullptr when there is none of that name. */
const McpTool *FindMcpTool(std::string_view name);
/** The JSON schema of the tool's arguments. */
std::string McpInputSchema(const McpTool &tool);
/** Checks what was sent as `arguments` (nullptr: nothing) against the schema. */
Result<McpToolArguments> ReadMcpArguments(const McpTool &tool, const JsonValue *arguments);

}  // namespace lookout
