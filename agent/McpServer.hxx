// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/McpTools.hxx"
#include "auth/Dialect.hxx"

namespace lookout {

/**
 * A server of the Model Context Protocol (2025-11-25, and the versions before it that say the same), whoever carries
 * the messages: five tools that read, no state between messages.
 */
class McpServer {
 public:
  /** `name`: what the server calls itself. `context` must outlive it. */
  McpServer(std::string_view name, const McpToolContext &context) : name_(name), context_(context) {}

  /** One line of JSON, or nothing where the protocol wants no answer. */
  using Respond = std::function<void(std::optional<std::string>)>;

  /**
   * Works on one message. `respond` is called once, at once (then it returns nullptr) or from the loop; destroying what
   * is returned calls the work off.
   */
  std::unique_ptr<AnswerWork> Handle(std::string_view text, Respond respond) const;

 private:
  std::unique_ptr<AnswerWork> Answer(std::string id, const std::string &method, const JsonValue *params,
                                     Respond respond) const;
  std::unique_ptr<AnswerWork> CallTool(std::string id, const JsonValue *params, Respond respond) const;
  std::string Initialize(const JsonValue *params) const;

  const std::string name_;
  const McpToolContext &context_;
};

/** Whether we speak this version of the protocol. */
bool IsMcpVersion(std::string_view version);

}  // namespace lookout
