// SPDX-License-Identifier: Apache-2.0
#include "agent/McpForms.hxx"
#include "agent/McpMessage.hxx"
#include "agent/McpTools.hxx"

using namespace lookout;

namespace {

void RequireJson(const std::string &text) {
  if (!ParseJson(text)) __builtin_trap();
}

}  // namespace

/** Whatever comes in as a message or as an engine's answer, what goes out is JSON. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const auto json = ParseJson(text);
  if (!json) return 0;
  const McpMessage message = ReadMcpMessage(*json);
  RequireJson(FormatMcpResult(message.id, "{}"));
  RequireJson(FormatMcpError(message.id, message.code, message.fault));
  for (const auto &tool : AllMcpTools()) {
    const auto arguments = ReadMcpArguments(tool, message.params);
    if (arguments && tool.takes_container && arguments->container_id.empty()) __builtin_trap();
  }
  RequireJson(FormatMcpContainerList(*json));
  RequireJson(FormatMcpContainer(*json));
  RequireJson(FormatMcpStats(*json, "id"));
  return 0;
}
