// SPDX-License-Identifier: Apache-2.0
#include "agent/McpTools.hxx"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "agent/McpToolCalls.hxx"
#include "base/JsonWriter.hxx"
#include "base/Strings.hxx"
#include "proxy/DockerCall.hxx"

namespace lookout {

namespace {

constexpr int64_t kMaxTailArgument = 500;

constexpr std::array<McpTool, 5> kTools = {{
    {"list_containers", "List containers", "All containers of this Docker host, running or not, with image and state.",
     false, false, &BeginListContainers},
    {"inspect_container", "Inspect a container",
     "State, mounts, networks and restart policy of one container. The values of its environment variables are never "
     "told, only how many there are.",
     true, false, &BeginInspectContainer},
    {"container_logs", "Read a container's log",
     "The last lines of a container's log, each marked as standard output or standard error.", true, true,
     &BeginContainerLogs},
    {"host_metrics", "Host metrics", "Processor, memory, disk and network figures of the host.", false, false,
     &BeginHostMetrics},
    {"container_stats", "Container statistics", "One sample of the processor, memory and network use of a container.",
     true, false, &BeginContainerStats},
}};

Result<void> ReadMember(const McpTool &tool, const JsonMember &member, McpToolArguments &arguments) {
  const auto &[key, value] = member;
  if (tool.takes_container && key == "id") {
    if (!value.IsString()) return Fail("id must be a string");
    arguments.container_id = value.AsString();
    return {};
  }
  if (tool.takes_tail && key == "tail") {
    const auto tail = value.AsInt();
    if (!tail || *tail < 1 || *tail > kMaxTailArgument) return Fail("tail must be a whole number from 1 to 500");
    arguments.tail = *tail;
    return {};
  }
  return Fail(fmt::format("unknown argument: \"{}\"", Printable(key, 64)));
}

}  // namespace

std::span<const McpTool> AllMcpTools() {
  return kTools;
}

const McpTool *FindMcpTool(std::string_view name) {
  const auto found =
      std::find_if(kTools.begin(), kTools.end(), [name](const McpTool &tool) { return tool.name == name; });
  return found == kTools.end() ? nullptr : &*found;
}

std::string McpInputSchema(const McpTool &tool) {
  JsonWriter json;
  json.BeginObject().Member("type", "object").Key("properties").BeginObject();
  if (tool.takes_container) {
    json.Key("id").BeginObject().Member("type", "string");
    json.Member("description", "The container's id or name.").End();
  }
  if (tool.takes_tail) {
    json.Key("tail").BeginObject().Member("type", "integer").Key("minimum").Int(1).Key("maximum").Int(kMaxTailArgument);
    json.Member("description", "How many lines, from the end; 100 unless told.").End();
  }
  json.End();
  if (tool.takes_container) json.Key("required").BeginArray().String("id").End();
  json.Key("additionalProperties").Bool(false).End();
  return json.Take();
}

Result<McpToolArguments> ReadMcpArguments(const McpTool &tool, const JsonValue *arguments) {
  McpToolArguments read;
  const bool is_absent = arguments == nullptr || arguments->IsNull();
  if (!is_absent && !arguments->IsObject()) return Fail("arguments must be an object");
  if (!is_absent) {
    for (const auto &member : arguments->Members()) {
      if (const auto taken = ReadMember(tool, member, read); !taken) return tl::unexpected(taken.error());
    }
  }
  if (!tool.takes_container) return read;
  if (read.container_id.empty()) return Fail("id is required");
  if (!IsValidContainerRef(read.container_id)) {
    return Fail(fmt::format("invalid container id/name: \"{}\"", Printable(read.container_id, 64)));
  }
  return read;
}

}  // namespace lookout
