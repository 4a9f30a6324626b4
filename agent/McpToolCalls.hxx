// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "agent/McpTools.hxx"

namespace lookout {

/** The work of each tool, see McpTool::begin. What is told: docs/mcp.md. */
std::unique_ptr<AnswerWork> BeginListContainers(const McpToolContext &context, const McpToolArguments &arguments,
                                                McpToolDone on_done);
std::unique_ptr<AnswerWork> BeginInspectContainer(const McpToolContext &context, const McpToolArguments &arguments,
                                                  McpToolDone on_done);
std::unique_ptr<AnswerWork> BeginContainerLogs(const McpToolContext &context, const McpToolArguments &arguments,
                                               McpToolDone on_done);
std::unique_ptr<AnswerWork> BeginHostMetrics(const McpToolContext &context, const McpToolArguments &arguments,
                                             McpToolDone on_done);
std::unique_ptr<AnswerWork> BeginContainerStats(const McpToolContext &context, const McpToolArguments &arguments,
                                                McpToolDone on_done);

}  // namespace lookout
