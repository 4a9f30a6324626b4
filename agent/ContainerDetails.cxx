// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerDetails.hxx"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "agent/Glob.hxx"

namespace lookout {

namespace {

constexpr std::string_view kMasked = "***";

bool IsAnyAddress(std::string_view ip) {
  return ip.empty() || ip == "0.0.0.0" || ip == "::";
}

bool IsRedacted(const std::string &key, const std::vector<std::string> &patterns) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&key](const std::string &pattern) { return MatchesGlob(pattern, key); });
}

auto SortKey(const PortBinding &port) {
  return std::tie(port.container, port.protocol, port.host_ip, port.host_port);
}

}  // namespace

void WriteLabels(JsonWriter &json, const JsonValue &inspect) {
  std::map<std::string_view, std::string_view> labels;
  for (const auto &[key, value] : inspect["Config"]["Labels"].Members()) labels[key] = value.AsString();
  if (labels.empty()) return;
  json.Key("labels").BeginObject();
  for (const auto &[key, value] : labels) json.Member(key, value);
  json.End();
}

void WriteEnvironment(JsonWriter &json, const JsonValue &inspect, const ContainerFormSettings &settings) {
  json.Key("env").BeginArray();
  for (const auto &item : inspect["Config"]["Env"].Items()) {
    const std::string &text = item.AsString();
    const size_t equals = std::min(text.find('='), text.size());
    const std::string key = text.substr(0, equals);
    if (key.empty()) continue;
    const std::string value = equals < text.size() ? text.substr(equals + 1) : "";
    json.BeginObject().Member("key", key).Member("value", IsRedacted(key, settings.redact_env) ? kMasked : value).End();
  }
  json.End();
}

std::vector<ContainerMount> ListMounts(const JsonValue &inspect) {
  std::vector<ContainerMount> mounts;
  for (const auto &mount : inspect["Mounts"].Items()) {
    const std::string &path = mount["Source"].AsString();
    mounts.push_back({mount["Type"].AsString(), path.empty() ? mount["Name"].AsString() : path,
                      mount["Destination"].AsString(), !mount["RW"].AsBool().value_or(true)});
  }
  std::sort(mounts.begin(), mounts.end(), [](const auto &a, const auto &b) { return a.destination < b.destination; });
  return mounts;
}

std::vector<PortBinding> ListPorts(const JsonValue &inspect) {
  std::vector<PortBinding> ports;
  for (const auto &[key, bindings] : inspect["NetworkSettings"]["Ports"].Members()) {
    const size_t slash = std::min(key.find('/'), key.size());
    PortBinding port{key.substr(0, slash), slash < key.size() ? key.substr(slash + 1) : "tcp", {}, {}};
    if (bindings.Items().empty()) ports.push_back(port);
    for (const auto &binding : bindings.Items()) {
      const std::string &ip = binding["HostIp"].AsString();
      port.host_ip = IsAnyAddress(ip) ? "" : ip;
      port.host_port = binding["HostPort"].AsString();
      ports.push_back(port);
    }
  }
  std::sort(ports.begin(), ports.end(), [](const auto &a, const auto &b) { return SortKey(a) < SortKey(b); });
  const auto same = [](const auto &a, const auto &b) { return SortKey(a) == SortKey(b); };
  ports.erase(std::unique(ports.begin(), ports.end(), same), ports.end());
  return ports;
}

std::string FormatPort(const PortBinding &port) {
  std::string inside = fmt::format("{}/{}", port.container, port.protocol);
  if (port.host_port.empty()) return inside;
  if (port.host_ip.empty()) return fmt::format("{}->{}", port.host_port, inside);
  const bool is_ipv6 = port.host_ip.find(':') != std::string::npos;
  return fmt::format("{}{}{}:{}->{}", is_ipv6 ? "[" : "", port.host_ip, is_ipv6 ? "]" : "", port.host_port, inside);
}

}  // namespace lookout
