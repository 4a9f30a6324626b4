// SPDX-License-Identifier: Apache-2.0
#include "tests/devhub/ContainerStore.hxx"

#include <array>
#include <set>

#include "base/JsonWriter.hxx"
#include "base/Log.hxx"

namespace lookout::devhub {

namespace {

/** Follows "image.tag.value" down the object. */
const JsonValue &At(const JsonValue &container, std::string_view path) {
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos) return container[path];
  return At(container[path.substr(0, dot)], path.substr(dot + 1));
}

std::string FindEnvFault(const JsonValue &env) {
  if (!env.IsArray()) return "details.env is not a list";
  for (const JsonValue &entry : env.Items()) {
    if (!entry["key"].IsString() || entry["key"].AsString().empty()) return "details.env entry without a key";
    if (!entry["value"].IsString()) return "details.env entry without a value";
  }
  return "";
}

std::string FindStringListFault(const JsonValue &list, std::string_view name) {
  if (!list.IsArray()) return std::string(name) + " is not a list";
  for (const JsonValue &entry : list.Items()) {
    if (!entry.IsString()) return std::string(name) + " holds something else than strings";
  }
  return "";
}

std::string FindDetailsFault(const JsonValue &details) {
  if (details.IsNull()) return "";
  std::string fault = FindStringListFault(details["ports"], "details.ports");
  if (fault.empty()) fault = FindStringListFault(details["volumes"], "details.volumes");
  return fault.empty() ? FindEnvFault(details["env"]) : fault;
}

}  // namespace

std::string FindContainerFault(const JsonValue &container) {
  constexpr std::array<std::string_view, 10> kRequired = {"id",
                                                          "name",
                                                          "watcher",
                                                          "image.id",
                                                          "image.registry.name",
                                                          "image.registry.url",
                                                          "image.name",
                                                          "image.tag.value",
                                                          "image.architecture",
                                                          "image.os"};
  for (const auto path : kRequired) {
    if (At(container, path).AsString().empty()) return std::string(path) + " is missing or empty";
  }
  if (!At(container, "image.digest").IsObject()) return "image.digest is missing";
  constexpr std::array<std::string_view, 12> kOptional = {
      "displayName",   "displayIcon",  "status",        "health",        "includeTags",        "excludeTags",
      "transformTags", "linkTemplate", "image.variant", "image.created", "image.digest.value", "image.digest.repo"};
  for (const auto path : kOptional) {
    const JsonValue &value = At(container, path);
    if (!value.IsNull() && value.AsString().empty()) return std::string(path) + " is empty or not a string";
  }
  return FindDetailsFault(container["details"]);
}

void ContainerStore::Put(const std::string &agent, const JsonValue &container) {
  Agent &entry = Of(agent);
  const std::string fault = FindContainerFault(container);
  if (fault.empty()) {
    entry.containers[container["id"].AsString()] = container.Raw();
    return;
  }
  ++entry.rejected;
  entry.last_fault = fault;
  LogWarning("container refused", {{"agent", agent}, {"reason", fault}, {"id", container["id"].AsString()}});
}

void ContainerStore::Sync(const std::string &agent, const JsonValue &containers) {
  std::set<std::string> present;
  for (const JsonValue &container : containers.Items()) {
    Put(agent, container);
    present.insert(container["id"].AsString());
  }
  Agent &entry = Of(agent);
  entry.synced = true;
  if (present.empty()) return;
  std::erase_if(entry.containers, [&](const auto &stored) { return !present.contains(stored.first); });
}

std::string ContainerStore::ToJson(const std::string &agent) {
  const Agent &entry = Of(agent);
  JsonWriter json;
  json.BeginObject().Key("synced").Bool(entry.synced).Key("rejected").Uint(entry.rejected);
  json.Member("lastFault", entry.last_fault).Key("containers").BeginArray();
  for (const auto &[id, container] : entry.containers) json.Raw(container);
  json.End().End();
  return json.Take();
}

}  // namespace lookout::devhub
