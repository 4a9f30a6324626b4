// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "agent/ContainerDetails.hxx"
#include "agent/ImageRef.hxx"
#include "agent/IsoDate.hxx"
#include "agent/TagRules.hxx"

namespace lookout {

namespace {

const std::string &OrElse(const std::string &text, const std::string &fallback) {
  return text.empty() ? fallback : text;
}

void WriteDigest(JsonWriter &json, const JsonValue &inspect, const ImageRef &reference, const ImageInfo &image) {
  json.Key("digest").BeginObject();
  json.Key("watch").Bool(WatchesDigest(reference.tag, ContainerLabel(inspect, "dd.watch.digest")));
  json.OptionalMember("repo", RepoDigest(image, reference));
  if (!image.repo_digests.empty()) {
    json.Key("repoDigests").BeginArray();
    for (const auto &digest : image.repo_digests) json.String(digest);
    json.End();
  }
  json.End();
}

void WriteVolumeTexts(JsonWriter &json, const JsonValue &inspect) {
  json.Key("volumes").BeginArray();
  for (const auto &mount : ListMounts(inspect)) {
    json.String(fmt::format("{}:{}{}", mount.source, mount.destination, mount.read_only ? ":ro" : ""));
  }
  json.End();
}

}  // namespace

void WriteNestedImage(JsonWriter &json, const JsonValue &inspect, const ImageInfo &image,
                      const ContainerFormSettings &settings) {
  const std::string &id = inspect["Image"].AsString();
  const ImageRef reference = ContainerImageRef(inspect["Config"]["Image"].AsString(), id, image);
  json.Member("id", id.empty() ? kUnknownTag : id);
  json.Key("registry").BeginObject().Member("name", "unknown").Member("url", reference.registry).End();
  json.Member("name", reference.name);
  json.Key("tag").BeginObject().Member("value", reference.tag);
  json.Key("semver").Bool(IsVersionTag(reference.tag, ContainerLabel(inspect, "dd.tag.transform")));
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
  WriteVolumeTexts(json, inspect);
  WriteEnvironment(json, inspect, settings);
  json.OptionalMember("startedAt", UsableDate(inspect["State"]["StartedAt"].AsString()));
}

}  // namespace lookout
