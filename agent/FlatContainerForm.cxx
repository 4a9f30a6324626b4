// SPDX-License-Identifier: Apache-2.0
#include <map>

#include "agent/ContainerDetails.hxx"
#include "agent/ContainerStatus.hxx"
#include "agent/ImageRef.hxx"
#include "agent/IsoDate.hxx"

namespace lookout {

namespace {

std::string CommandLine(const JsonValue &inspect) {
  std::string line = inspect["Path"].AsString();
  for (const auto &argument : inspect["Args"].Items()) line += " " + argument.AsString();
  return line;
}

void WritePorts(JsonWriter &json, const JsonValue &inspect) {
  json.Key("ports").BeginArray();
  for (const auto &port : ListPorts(inspect)) {
    json.BeginObject().Member("container", port.container).OptionalMember("host", port.host_port);
    json.Member("protocol", port.protocol).OptionalMember("ip", port.host_ip).End();
  }
  json.End();
}

void WriteNetworks(JsonWriter &json, const JsonValue &inspect) {
  std::map<std::string_view, const JsonValue *> networks;
  for (const auto &[name, network] : inspect["NetworkSettings"]["Networks"].Members()) networks[name] = &network;
  json.Key("network").BeginArray();
  for (const auto &[name, network] : networks) {
    json.BeginObject().Member("name", name);
    json.OptionalMember("ipAddress", (*network)["IPAddress"].AsString());
    json.OptionalMember("gateway", (*network)["Gateway"].AsString()).End();
  }
  json.End();
}

void WriteVolumes(JsonWriter &json, const JsonValue &inspect) {
  json.Key("volumes").BeginArray();
  for (const auto &mount : ListMounts(inspect)) {
    json.BeginObject().Member("type", mount.type).Member("source", mount.source);
    json.Member("destination", mount.destination).Key("readOnly").Bool(mount.read_only).End();
  }
  json.End();
}

}  // namespace

void WriteFlatImage(JsonWriter &json, const JsonValue &inspect, const ImageInfo &image,
                    const ContainerFormSettings &settings) {
  const std::string &id = inspect["Image"].AsString();
  const ImageRef reference = ContainerImageRef(inspect["Config"]["Image"].AsString(), id, image);
  json.Member("id", id.empty() ? kUnknownTag : id)
      .Member("registry", reference.registry)
      .Member("name", reference.name)
      .Member("tag", reference.tag)
      .OptionalMember("digest", RepoDigest(image, reference))
      .Member("architecture", image.architecture.empty() ? settings.engine_architecture : image.architecture)
      .Member("os", image.os.empty() ? settings.engine_os : image.os)
      .OptionalMember("created", image.created);
}

void WriteFlatDetails(JsonWriter &json, const JsonValue &inspect, const ContainerFormSettings &settings) {
  json.OptionalMember("platform", inspect["Platform"].AsString());
  json.OptionalMember("command", CommandLine(inspect));
  WritePorts(json, inspect);
  WriteNetworks(json, inspect);
  WriteVolumes(json, inspect);
  WriteEnvironment(json, inspect, settings);
  json.OptionalMember("created", UsableDate(inspect["Created"].AsString()));
  json.OptionalMember("started", UsableDate(inspect["State"]["StartedAt"].AsString()));
  json.OptionalMember("health", HealthStatus(inspect["State"]));
}

}  // namespace lookout
