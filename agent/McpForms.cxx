// SPDX-License-Identifier: Apache-2.0
#include "agent/McpForms.hxx"

#include <array>

#include "base/JsonWriter.hxx"

namespace lookout {

namespace {

/** The member as it is, or `otherwise` (JSON) when there is none. */
void Copy(const JsonValue &from, std::string_view key, JsonWriter &json, std::string_view name,
          std::string_view otherwise) {
  const auto &value = from[key];
  json.Key(name).Raw(value.IsNull() ? otherwise : value.Raw());
}

void WriteMounts(const JsonValue &mounts, JsonWriter &json) {
  json.Key("mounts").BeginArray();
  for (const auto &mount : mounts.Items()) {
    json.BeginObject().Member("source", mount["Source"].AsString());
    json.Member("destination", mount["Destination"].AsString());
    json.Key("readOnly").Bool(mount["RW"].AsBool() == false).End();
  }
  json.End();
}

void WriteState(const JsonValue &state, JsonWriter &json) {
  json.Key("state").BeginObject();
  Copy(state, "Status", json, "Status", "\"\"");
  for (const std::string_view flag : {"Running", "Paused", "Restarting", "OOMKilled", "Dead"}) {
    Copy(state, flag, json, flag, "false");
  }
  for (const std::string_view number : {"Pid", "ExitCode"}) Copy(state, number, json, number, "0");
  for (const std::string_view time : {"StartedAt", "FinishedAt"}) Copy(state, time, json, time, "\"\"");
  const auto &health = state["Health"]["Status"].AsString();
  if (!health.empty()) json.Key("Health").BeginObject().Member("Status", health).End();
  json.End();
}

}  // namespace

std::string FormatMcpContainerList(const JsonValue &containers) {
  JsonWriter json;
  json.BeginArray();
  for (const auto &container : containers.Items()) {
    json.BeginObject();
    Copy(container, "Id", json, "id", "\"\"");
    Copy(container, "Names", json, "names", "[]");
    Copy(container, "Image", json, "image", "\"\"");
    Copy(container, "State", json, "state", "\"\"");
    Copy(container, "Status", json, "status", "\"\"");
    if (!container["Labels"].Members().empty()) Copy(container, "Labels", json, "labels", "{}");
    json.End();
  }
  return json.End().Take();
}

std::string FormatMcpContainer(const JsonValue &container) {
  JsonWriter json;
  json.BeginObject();
  json.Key("envCount").Uint(container["Config"]["Env"].Items().size());
  Copy(container, "Id", json, "id", "\"\"");
  Copy(container["Config"], "Image", json, "image", "\"\"");
  WriteMounts(container["Mounts"], json);
  Copy(container, "Name", json, "name", "\"\"");
  json.Key("networks").BeginArray();
  for (const auto &network : container["NetworkSettings"]["Networks"].Members()) json.String(network.key);
  json.End();
  Copy(container["HostConfig"]["RestartPolicy"], "Name", json, "restartPolicy", "\"\"");
  WriteState(container["State"], json);
  return json.End().Take();
}

std::string FormatMcpStats(const JsonValue &stats, const std::string &id) {
  JsonWriter json;
  json.BeginObject();
  Copy(stats["cpu_stats"]["cpu_usage"], "total_usage", json, "cpuTotalUsage", "0");
  json.Member("id", id);
  Copy(stats["memory_stats"], "limit", json, "memLimit", "0");
  Copy(stats["memory_stats"], "usage", json, "memUsage", "0");
  json.Key("networks").BeginObject();
  for (const auto &[name, network] : stats["networks"].Members()) {
    json.Key(name).BeginObject();
    Copy(network, "rx_bytes", json, "rxBytes", "0");
    Copy(network, "tx_bytes", json, "txBytes", "0");
    json.End();
  }
  return json.End().End().Take();
}

}  // namespace lookout
