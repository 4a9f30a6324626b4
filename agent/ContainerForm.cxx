// SPDX-License-Identifier: Apache-2.0
#include "agent/ContainerForm.hxx"

#include "agent/ContainerDetails.hxx"
#include "agent/ContainerStatus.hxx"

namespace lookout {

std::string ContainerName(const JsonValue &inspect) {
  std::string_view name = inspect["Name"].AsString();
  if (name.starts_with('/')) name.remove_prefix(1);
  return name.empty() ? inspect["Id"].AsString() : std::string(name);
}

const std::string &ContainerLabel(const JsonValue &inspect, std::string_view label) {
  // By exact name: labels that differ in case are different labels.
  for (const auto &[key, value] : inspect["Config"]["Labels"].Members()) {
    if (key == label) return value.AsString();
  }
  static const std::string none;
  return none;
}

namespace {

void WriteIdentity(JsonWriter &json, const JsonValue &inspect, bool with_health) {
  const std::string name = ContainerName(inspect);
  const std::string &display_name = ContainerLabel(inspect, "dd.display.name");
  json.Member("id", inspect["Id"].AsString())
      .Member("name", name)
      .Member("displayName", display_name.empty() ? name : display_name)
      .OptionalMember("displayIcon", ContainerLabel(inspect, "dd.display.icon"))
      .Member("status", ContainerStatus(inspect["State"]));
  if (with_health) json.OptionalMember("health", HealthStatus(inspect["State"]));
}

void WriteTagRules(JsonWriter &json, const JsonValue &inspect) {
  json.OptionalMember("includeTags", ContainerLabel(inspect, "dd.tag.include"))
      .OptionalMember("excludeTags", ContainerLabel(inspect, "dd.tag.exclude"))
      .OptionalMember("transformTags", ContainerLabel(inspect, "dd.tag.transform"));
}

}  // namespace

std::string WriteContainer(const JsonValue &inspect, const ImageInfo &image, const ContainerFormSettings &settings) {
  const bool nested = settings.shape == ContainerShape::Nested;
  JsonWriter json;
  json.BeginObject();
  WriteIdentity(json, inspect, nested);
  json.Member("watcher", kWatcherName).OptionalMember("agent", settings.agent_name);
  json.Key("image").BeginObject();
  nested ? WriteNestedImage(json, inspect, image, settings) : WriteFlatImage(json, inspect, image, settings);
  json.End().Key("updateAvailable").Bool(false).Key("updateKind");
  if (nested) {
    json.BeginObject().Member("kind", "unknown").End();
  } else {
    json.String("unknown");
  }
  WriteTagRules(json, inspect);
  WriteLabels(json, inspect);
  json.Key("details").BeginObject();
  nested ? WriteNestedDetails(json, inspect, settings) : WriteFlatDetails(json, inspect, settings);
  json.End().End();
  return json.Take();
}

}  // namespace lookout
