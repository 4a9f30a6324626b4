// SPDX-License-Identifier: Apache-2.0
#include "tests/support/ControllerRules.hxx"

#include <initializer_list>

#include "base/JsonValue.hxx"

namespace lookout {

namespace {

/** Collects the first complaint. */
class Rules {
 public:
  explicit Rules(const JsonValue &container) : root_(container) {}

  void Required(std::initializer_list<std::string_view> paths) {
    for (const auto path : paths) Check(path, IsText(At(path)));
  }
  void Objects(std::initializer_list<std::string_view> paths) {
    for (const auto path : paths) Check(path, At(path).IsObject());
  }
  void Arrays(std::initializer_list<std::string_view> paths) {
    for (const auto path : paths) Check(path, At(path).IsArray());
  }
  void Optional(std::initializer_list<std::string_view> paths) {
    for (const auto path : paths) Check(path, !IsPresent(path) || IsText(At(path)));
  }
  void Booleans(std::initializer_list<std::string_view> paths) {
    for (const auto path : paths) Check(path, At(path).AsBool().has_value());
  }
  void OneOf(std::string_view path, std::initializer_list<std::string_view> words) {
    bool found = !IsPresent(path);
    for (const auto word : words) found = found || At(path).AsString() == word;
    Check(path, found);
  }
  void Check(std::string_view what, bool holds) {
    if (!holds && complaint_.empty()) complaint_ = std::string(what) + " is wrong: " + std::string(At(what).Raw());
  }
  const JsonValue &At(std::string_view path) const {
    const JsonValue *value = &root_;
    while (!path.empty()) {
      const size_t dot = path.find('.');
      value = &(*value)[path.substr(0, dot)];
      path.remove_prefix(dot == std::string_view::npos ? path.size() : dot + 1);
    }
    return *value;
  }
  const std::string &Complaint() const { return complaint_; }

 private:
  static bool IsText(const JsonValue &value) { return value.IsString() && !value.AsString().empty(); }
  bool IsPresent(std::string_view path) const {
    const size_t dot = path.rfind('.');
    const JsonValue &parent = dot == std::string_view::npos ? root_ : At(path.substr(0, dot));
    return parent.Find(dot == std::string_view::npos ? path : path.substr(dot + 1)) != nullptr;
  }

  const JsonValue &root_;
  std::string complaint_;
};

void CheckDetails(Rules &rules) {
  rules.Arrays({"details.ports", "details.volumes", "details.env"});
  for (const auto &port : rules.At("details.ports").Items()) rules.Check("details.ports", !port.AsString().empty());
  for (const auto &path : rules.At("details.volumes").Items()) {
    rules.Check("details.volumes", !path.AsString().empty());
  }
  for (const auto &entry : rules.At("details.env").Items()) {
    rules.Check("details.env", !entry["key"].AsString().empty() && entry["value"].IsString());
  }
}

}  // namespace

std::string CheckControllerRules(std::string_view container) {
  const auto json = ParseJson(container);
  if (!json) return json.error().message;
  Rules rules(*json);
  rules.Required({"id", "name", "watcher", "image.id", "image.registry.name", "image.registry.url", "image.name",
                  "image.tag.value", "image.architecture", "image.os"});
  rules.Objects({"image.tag", "image.digest", "details", "updateKind"});
  rules.Booleans({"image.tag.semver", "image.digest.watch", "updateAvailable"});
  rules.Optional({"displayName", "displayIcon", "status", "health", "agent", "includeTags", "excludeTags",
                  "transformTags", "image.tag.tagPrecision", "image.digest.value", "image.digest.repo", "image.variant",
                  "image.created", "details.startedAt"});
  rules.OneOf("health", {"starting", "healthy", "unhealthy"});
  rules.OneOf("image.tag.tagPrecision", {"specific", "floating"});
  rules.OneOf("updateKind.kind", {"tag", "digest", "unknown"});
  CheckDetails(rules);
  return rules.Complaint();
}

}  // namespace lookout
