// SPDX-License-Identifier: Apache-2.0
#include "agent/WatcherDescriptor.hxx"

#include "agent/ContainerForm.hxx"
#include "base/JsonWriter.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr std::string_view kType = "docker";
constexpr std::string_view kDescription = "Containers of a remote Docker host, watched by the controller";

}  // namespace

std::string DescribeWatcher(const Dialect &dialect) {
  JsonWriter json;
  json.BeginObject().Member("type", kType).Member("name", kWatcherName);
  json.Key("configuration").BeginObject();
  json.Key("capabilities").BeginArray().String("container-sync").String("labels").End();
  json.Member("description", kDescription)
      .Member("events", dialect.event_source)
      .Member("execution", "controller")
      .Member("transport", "docker-api");
  return json.End().End().Take();
}

bool IsOurWatcher(std::string_view type, std::string_view name) {
  return EqualsIgnoreCase(type, kType) && EqualsIgnoreCase(name, kWatcherName);
}

}  // namespace lookout
