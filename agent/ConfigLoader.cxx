// SPDX-License-Identifier: Apache-2.0
#include "agent/ConfigLoader.hxx"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "agent/ConfigFile.hxx"
#include "agent/ConfigRules.hxx"
#include "agent/Setting.hxx"

namespace lookout {

namespace {

/** A setting's text and where it was found. */
struct Found {
  std::string text;
  std::string origin;
};

class Loader {
 public:
  explicit Loader(const ConfigSources &sources) : sources_(sources) {}

  LoadedConfig Load() {
    ReadFile();
    for (const auto &setting : AllSettings()) ReadSetting(setting);
    CompleteConfig(loaded_, sources_.environment);
    CheckConfig(loaded_);
    return std::move(loaded_);
  }

 private:
  void ReadFile() {
    if (!sources_.is_file_required && ::access(sources_.file.c_str(), F_OK) != 0 && errno == ENOENT) return;
    auto file = LoadConfigFile(sources_.file);
    if (!file) {
      loaded_.errors.push_back("configuration file: " + file.error().message);
      return;
    }
    file_ = std::move(*file);
    std::move(file_.errors.begin(), file_.errors.end(), std::back_inserter(loaded_.errors));
  }

  void ReadSetting(const Setting &setting) {
    auto found = FindInEnvironment(setting);
    if (!found) found = FindInFile(setting);
    const bool is_default = !found || found->text.empty();
    loaded_.origins[setting.name] = is_default ? "default" : found->origin;
    const auto text = is_default ? setting.default_text : std::string_view(found->text);
    if (text.empty()) return;
    const auto read = setting.binding.read(text, setting.range, loaded_.config);
    if (!read) loaded_.Refuse(setting.name, read.error().message);
  }

  /** The first of the two names that has a value; else one that is set to nothing; else nothing. */
  std::optional<Found> FindInEnvironment(const Setting &setting) const {
    std::optional<Found> found;
    for (const auto name : {setting.name, setting.alias}) {
      const char *text = name.empty() ? nullptr : sources_.environment(std::string(name).c_str());
      if (text == nullptr || (found && !found->text.empty())) continue;
      found = Found{text, name == setting.name ? "environment" : fmt::format("environment, {}", name)};
    }
    return found;
  }

  std::optional<Found> FindInFile(const Setting &setting) const {
    std::optional<Found> found;
    for (const auto name : {setting.name, setting.alias}) {
      const auto line = std::find_if(file_.lines.begin(), file_.lines.end(),
                                     [name](const ConfigLine &candidate) { return candidate.key == name; });
      if (name.empty() || line == file_.lines.end() || (found && !found->text.empty())) continue;
      found = Found{line->value, fmt::format("{}:{}", sources_.file, line->number)};
    }
    return found;
  }

  const ConfigSources &sources_;
  ConfigFile file_;
  LoadedConfig loaded_;
};

}  // namespace

void LoadedConfig::Refuse(std::string_view setting, std::string_view reason) {
  const auto origin = origins.find(setting);
  const bool is_set = origin != origins.end() && origin->second != "default";
  errors.push_back(is_set ? fmt::format("{}: {} ({})", setting, reason, origin->second)
                          : fmt::format("{}: {}", setting, reason));
}

LoadedConfig LoadConfig(const ConfigSources &sources) {
  return Loader(sources).Load();
}

}  // namespace lookout
