// SPDX-License-Identifier: Apache-2.0
#include "agent/StackVariables.hxx"

#include <fmt/core.h>

#include <optional>

#include "base/Strings.hxx"

namespace lookout {

namespace {

bool NeedsEscape(char c) {
  return c == '\\' || c == '"' || c == '$';
}

/** What stands between double quotes; nullopt when the closing one is missing. */
std::optional<std::string> ReadDoubleQuoted(std::string_view text) {
  std::string value;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return value;
    const bool is_escape = text[i] == '\\' && i + 1 < text.size() && NeedsEscape(text[i + 1]);
    value += text[is_escape ? ++i : i];
  }
  return std::nullopt;
}

std::optional<std::string> ParseValue(std::string_view text) {
  if (text.starts_with('"')) return ReadDoubleQuoted(text.substr(1));
  if (!text.starts_with('\'')) return std::string(text);
  const auto end = text.find('\'', 1);
  if (end == std::string_view::npos) return std::nullopt;
  return std::string(text.substr(1, end - 1));
}

}  // namespace

std::string FormatStackVariables(const StackVariables &variables) {
  std::string text;
  for (const auto &[name, value] : variables) {
    text += name + "=\"";
    for (const char c : value) {
      if (NeedsEscape(c)) text += '\\';
      text += c;
    }
    text += "\"\n";
  }
  return text;
}

Result<StackVariables> ParseStackVariables(std::string_view text, const ComposeRules &rules) {
  StackVariables variables;
  size_t number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = text.find('\n');
    const auto line = Trim(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto equals = line.find('=');
    const auto name = Trim(line.substr(0, equals));
    const auto value = equals == std::string_view::npos ? std::nullopt : ParseValue(line.substr(equals + 1));
    if (!value) return Fail(fmt::format("line {} of {} is not KEY=value", number, kComposeVariablesFile));
    if (const auto checked = CheckComposeVariable(name, *value, rules); !checked) {
      return Fail(fmt::format("line {} of {}: {}", number, kComposeVariablesFile, checked.error().message));
    }
    variables.insert_or_assign(std::string(name), *value);
  }
  return variables;
}

}  // namespace lookout
