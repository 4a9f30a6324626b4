// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "agent/ContainerDetails.hxx"
#include "agent/ImageRef.hxx"
#include "agent/TagRules.hxx"

namespace lookout {

namespace {

/** What Docker writes for a time that has not come. */
constexpr std::string_view kNever = "0001-01-01T00:00:00Z";

const std::string &OrElse(const std::string &text, const std::string &fallback) {
  return text.empty() ? fallback : text;
}

void WriteDigest(JsonWriter &json, const JsonValue &inspect, const ImageRef &reference, const ImageInfo &image) {
  json.Key("digest").BeginObject();
  json.Key("watch").Bool(WatchesDigest(reference.tag, ContainerLabel(inspect, "dd.watch.digest")));
  if (!image.repo_digests.empty()) {
    const std::string &first = image.repo_digests.front();
    json.OptionalMember("repo", first.substr(std::min(first.find('@') + 1, first.size())));
    json.Key("repoDigests").BeginArray();
    for (const auto &digest : image.repo_digests) json.String(digest);
    json.End();
  }
  json.End();
}

void WriteVolumes(JsonWriter &json, const JsonValue &inspect) {
  json.Key("volumes").BeginArray();
  for (const auto &mount : inspect["Mounts"].Items()) {
    const std::string &source = OrElse(mount["Source"].AsString(), mount["Name"].AsString());
    const bool is_writable = mount["RW"].AsBool().value_or(true);
    json.String(fmt::format("{}:{}{}", source, mount["Destination"].AsString(), is_writable ? "" : ":ro"));
  }
  json.End();
}

}  // namespace

void WriteNestedImage(JsonWriter &json, const JsonValue &inspect, const ImageInfo &image,
                      const ContainerFormSettings &settings) {
  const ImageRef reference = ParseImageRef(inspect["Config"]["Image"].AsString());
  json.Member("id", inspect["Image"].AsString());
  json.Key("registry").BeginObject().Member("name", "unknown").Member("url", reference.registry).End();
  json.Member("name", OrElse(reference.name, inspect["Image"].AsString()));
  json.Key("tag").BeginObject().Member("value", reference.tag);
  json.Key("semver").Bool(IsVersionTag(reference.tag));
  json.Member("tagPrecision", IsSpecificTag(reference.tag) ? "specific" : "floating").End();
  WriteDigest(json, inspect, reference, image);
  json.Member("architecture", OrElse(image.architecture, settings.engine_architecture))
      .Member("os", OrElse(image.os, settings.engine_os))
      .OptionalMember("variant", image.variant)
      .OptionalMember("created", image.created);
}

void WriteNestedDetails(JsonWriter &json, const JsonValue &inspect, const ContainerFormSettings &settings) {
  json.Key("ports").BeginArray();
  for (const auto &port : ListPorts(inspect)) json.String(FormatPort(port));
  json.End();
  WriteVolumes(json, inspect);
  WriteEnvironment(json, inspect, settings);
  const std::string &started = inspect["State"]["StartedAt"].AsString();
  json.OptionalMember("startedAt", started == kNever ? "" : started);
}

}  // namespace lookout
