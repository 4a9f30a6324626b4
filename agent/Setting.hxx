// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "agent/Config.hxx"
#include "base/Result.hxx"

namespace lookout {

/** The numbers a setting may have, both ends included. */
struct NumberRange {
  int64_t least = 0;
  int64_t most = 0;
};

/** How a setting's text becomes a field of Config and back; made by Bind() for each field. */
struct SettingBinding {
  Result<void> (*read)(std::string_view text, NumberRange range, Config &config);
  /** For the user's eyes: secrets are masked. */
  std::string (*show)(const Config &config);
  bool (*equal)(const Config &a, const Config &b);
  void (*copy)(Config &to, const Config &from);
  /** The allowed values in words, "a whole number from 1 to 60". */
  std::string (*describe)(NumberRange range);
  bool is_secret;
};

enum class SettingGroup { Controller, Identity, Traffic, Host, LocalListener, Access, Logs };
inline constexpr size_t kSettingGroups = 7;

/** One row: everything there is to know of a setting, for the loader, check-config, SIGHUP and the documentation. */
struct Setting {
  SettingGroup group;
  std::string_view name;
  /** A second name, used when the first has no value. */
  std::string_view alias;
  /** As a user would write it; "" is none. */
  std::string_view default_text;
  /** What stands in for a default that depends on the host; "" when default_text says it all. */
  std::string_view default_note;
  NumberRange range;
  /** Takes effect with SIGHUP (or with the next connection after it), else with the next start. */
  bool is_live;
  std::string_view help;
  SettingBinding binding;

  constexpr Setting Alias(std::string_view text) const {
    auto changed = *this;
    changed.alias = text;
    return changed;
  }
  constexpr Setting Note(std::string_view text) const {
    auto changed = *this;
    changed.default_note = text;
    return changed;
  }
  constexpr Setting Live() const {
    auto changed = *this;
    changed.is_live = true;
    return changed;
  }
};

/** All settings, in the order in which they are shown. */
std::span<const Setting> AllSettings();

/** The setting with that name or alias, or nullptr. */
const Setting *FindSetting(std::string_view name);

/** The known name that looks most like this one, or "" when none looks like it. */
std::string_view FindSimilarSetting(std::string_view name);

}  // namespace lookout
