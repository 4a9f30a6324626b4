// SPDX-License-Identifier: Apache-2.0
#include "agent/McpMessage.hxx"

#include "base/JsonWriter.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxId = 1024;

/** What may be an id: a string, a number or null, of a size that is worth echoing. */
bool IsId(const JsonValue &value) {
  return (value.IsString() || value.IsNumber() || value.IsNull()) && value.Raw().size() <= kMaxId;
}

McpMessage Invalid(McpMessage message, std::string fault) {
  message.kind = McpMessage::Kind::Invalid;
  message.code = McpErrorCode::InvalidRequest;
  message.fault = std::move(fault);
  return message;
}

}  // namespace

McpMessage ReadMcpMessage(const JsonValue &json) {
  McpMessage message;
  message.fault = "parse error";
  if (!json.IsObject()) return message;
  const JsonValue *const id = json.Find("id");
  if (id != nullptr && !IsId(*id)) return Invalid(std::move(message), "id must be a string or a number");
  if (id != nullptr) message.id = id->Raw();
  if (json["jsonrpc"].AsString() != "2.0") return Invalid(std::move(message), "jsonrpc must be \"2.0\"");
  const JsonValue *const method = json.Find("method");
  if (method == nullptr && (json.Find("result") != nullptr || json.Find("error") != nullptr)) {
    message.kind = McpMessage::Kind::Response;
    return message;
  }
  if (method == nullptr || !method->IsString()) return Invalid(std::move(message), "method must be a string");
  message.kind = id == nullptr ? McpMessage::Kind::Notification : McpMessage::Kind::Request;
  message.method = method->AsString();
  message.params = json.Find("params");
  return message;
}

std::string FormatMcpResult(std::string_view id, std::string_view result) {
  JsonWriter json;
  return json.BeginObject().Member("jsonrpc", "2.0").Key("id").Raw(id).Key("result").Raw(result).End().Take();
}

std::string FormatMcpError(std::string_view id, McpErrorCode code, std::string_view message) {
  JsonWriter json;
  json.BeginObject().Member("jsonrpc", "2.0").Key("id").Raw(id).Key("error").BeginObject();
  json.Key("code").Int(static_cast<int64_t>(code)).Member("message", message).End().End();
  return json.Take();
}

}  // namespace lookout
