// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/JsonValue.hxx"

namespace lookout {

/** Error codes of JSON-RPC 2.0 (section 5.1). */
enum class McpErrorCode { Parse = -32700, InvalidRequest = -32600, NoSuchMethod = -32601, InvalidParams = -32602 };

/** One message of JSON-RPC 2.0, single ones only: the protocol has no batches any more. */
struct McpMessage {
  enum class Kind {
    Request,
    Notification,  // wants no answer
    Response,      // to a question that we never ask
    Invalid,       // `fault` says why
  };
  Kind kind = Kind::Invalid;
  /** The request's id as it was written, to be echoed; "null" when there is none. */
  std::string id = "null";
  std::string method;
  /** Points into the text that was parsed; null without params. */
  const JsonValue *params = nullptr;
  McpErrorCode code = McpErrorCode::Parse;
  std::string fault;
};

/** `json` must outlive the message. */
McpMessage ReadMcpMessage(const JsonValue &json);

/** {"jsonrpc":"2.0","id":...,"result":...}; `result` is JSON. */
std::string FormatMcpResult(std::string_view id, std::string_view result);
std::string FormatMcpError(std::string_view id, McpErrorCode code, std::string_view message);

}  // namespace lookout
