// SPDX-License-Identifier: Apache-2.0
#include "agent/McpServer.hxx"

#include <algorithm>
#include <array>

#include "agent/McpMessage.hxx"
#include "base/JsonWriter.hxx"
#include "base/Strings.hxx"
#include "base/Version.hxx"

namespace lookout {

namespace {

/** The latest first: it is offered to clients that ask for one we do not know. */
constexpr std::array<std::string_view, 4> kVersions = {"2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};

std::string FormatTools() {
  JsonWriter json;
  json.BeginObject().Key("tools").BeginArray();
  for (const auto &tool : AllMcpTools()) {
    json.BeginObject().Member("name", tool.name).Member("title", tool.title).Member("description", tool.description);
    json.Key("inputSchema").Raw(McpInputSchema(tool));
    json.Key("annotations").BeginObject().Key("readOnlyHint").Bool(true).End().End();
  }
  return json.End().End().Take();
}

/** Failures are results too, so that the assistant reads them. */
std::string FormatToolResult(const McpToolResult &result) {
  JsonWriter json;
  json.BeginObject().Key("content").BeginArray().BeginObject().Member("type", "text");
  json.Member("text", result ? *result : result.error().message).End().End();
  return json.Key("isError").Bool(!result).End().Take();
}

}  // namespace

bool IsMcpVersion(std::string_view version) {
  return std::find(kVersions.begin(), kVersions.end(), version) != kVersions.end();
}

std::unique_ptr<AnswerWork> McpServer::Handle(std::string_view text, Respond respond) const {
  const auto json = ParseJson(text);
  McpMessage message;
  message.fault = "parse error";
  if (json) message = ReadMcpMessage(*json);
  switch (message.kind) {
    case McpMessage::Kind::Notification:
    case McpMessage::Kind::Response: respond(std::nullopt); return nullptr;
    case McpMessage::Kind::Invalid: respond(FormatMcpError(message.id, message.code, message.fault)); return nullptr;
    case McpMessage::Kind::Request: break;
  }
  return Answer(std::move(message.id), message.method, message.params, std::move(respond));
}

std::unique_ptr<AnswerWork> McpServer::Answer(std::string id, const std::string &method, const JsonValue *params,
                                              Respond respond) const {
  if (method == "tools/call") return CallTool(std::move(id), params, std::move(respond));
  if (method == "initialize") {
    respond(FormatMcpResult(id, Initialize(params)));
  } else if (method == "ping") {
    respond(FormatMcpResult(id, "{}"));
  } else if (method == "tools/list") {
    respond(FormatMcpResult(id, FormatTools()));
  } else {
    respond(FormatMcpError(id, McpErrorCode::NoSuchMethod, "method not found: " + PrintableUnquoted(method, 128)));
  }
  return nullptr;
}

std::string McpServer::Initialize(const JsonValue *params) const {
  const std::string wanted = params == nullptr ? std::string() : (*params)["protocolVersion"].AsString();
  JsonWriter json;
  json.BeginObject().Key("capabilities").BeginObject().Key("tools").BeginObject().End().End();
  json.Member("protocolVersion", IsMcpVersion(wanted) ? std::string_view(wanted) : kVersions.front());
  json.Key("serverInfo").BeginObject().Member("name", name_).Member("version", ProductVersion()).End();
  return json.End().Take();
}

std::unique_ptr<AnswerWork> McpServer::CallTool(std::string id, const JsonValue *params, Respond respond) const {
  const JsonValue *const name = params == nullptr ? nullptr : params->Find("name");
  if (name == nullptr || !name->IsString()) {
    respond(FormatMcpError(id, McpErrorCode::InvalidParams, "invalid tools/call params"));
    return nullptr;
  }
  const McpTool *const tool = FindMcpTool(name->AsString());
  if (tool == nullptr) {
    respond(
        FormatMcpError(id, McpErrorCode::InvalidParams, "unknown tool: " + PrintableUnquoted(name->AsString(), 128)));
    return nullptr;
  }
  auto done = [id = std::move(id), respond = std::move(respond)](const McpToolResult &result) {
    respond(FormatMcpResult(id, FormatToolResult(result)));
  };
  const auto arguments = ReadMcpArguments(*tool, params->Find("arguments"));
  if (arguments) return tool->begin(context_, *arguments, std::move(done));
  done(tl::unexpected(arguments.error()));
  return nullptr;
}

}  // namespace lookout
