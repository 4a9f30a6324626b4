// SPDX-License-Identifier: Apache-2.0
#include "agent/ConfigFile.hxx"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "agent/Setting.hxx"
#include "auth/CredentialFile.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxErrors = 100;

/** What stands between the quote that `text` begins with and its twin, which must end the text. */
Result<std::string> Unquote(std::string_view text) {
  const char quote = text.front();
  std::string value;
  for (size_t i = 1; i < text.size(); ++i) {
    const bool is_escape = quote == '"' && text[i] == '\\' && i + 1 < text.size();
    if (is_escape && (text[i + 1] == '"' || text[i + 1] == '\\')) {
      value += text[++i];
      continue;
    }
    if (text[i] != quote) {
      value += text[i];
      continue;
    }
    if (i + 1 == text.size()) return value;
    return Fail("there is more after the closing quote; a comment needs a line of its own");
  }
  return Fail("the closing quote is missing");
}

Result<std::string> ReadValue(std::string_view text) {
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) return Unquote(text);
  if (text.find(" #") != std::string_view::npos || text.find("\t#") != std::string_view::npos) {
    return Fail("a comment needs a line of its own; if \" #\" belongs to the value, put the value in quotes");
  }
  return std::string(text);
}

Error UnknownKey(std::string_view key) {
  const auto similar = FindSimilarSetting(key);
  const auto hint = similar.empty() ? std::string("docs/configuration.md lists the settings")
                                    : fmt::format("did you mean {}?", similar);
  return Error{fmt::format("there is no setting \"{}\"; {}", Printable(key, 64), hint)};
}

Result<ConfigLine> ParseLine(size_t number, std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return Fail("there is no '=' in it; write KEY=value");
  const auto key = Trim(line.substr(0, equals));
  if (FindSetting(key) == nullptr) return tl::unexpected(UnknownKey(key));
  auto value = ReadValue(Trim(line.substr(equals + 1)));
  if (!value) return Fail(fmt::format("{}: {}", key, value.error().message));
  if (value->find('\0') != std::string::npos) return Fail(fmt::format("{}: the value holds a zero byte", key));
  return ConfigLine{number, std::string(key), std::move(*value)};
}

/** Whether the file, if others can read it, tells them something. */
bool HoldsSecret(const ConfigFile &file) {
  return std::any_of(file.lines.begin(), file.lines.end(), [](const ConfigLine &line) {
    const Setting *setting = FindSetting(line.key);
    const bool has_credentials = setting->name.ends_with("_PROXY") && line.value.find('@') != std::string::npos;
    return !line.value.empty() && (setting->binding.is_secret || has_credentials);
  });
}

}  // namespace

ConfigFile ParseConfigFile(std::string_view text) {
  ConfigFile file;
  std::map<std::string, size_t, std::less<>> seen;
  const auto report = [&file](size_t number, const std::string &reason) {
    if (file.errors.size() < kMaxErrors) file.errors.push_back(fmt::format("{}: {}", number, reason));
  };
  for (size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#') continue;
    auto parsed = ParseLine(number, line);
    if (!parsed) {
      report(number, parsed.error().message);
    } else if (const auto [first, is_new] = seen.emplace(parsed->key, number); !is_new) {
      report(number, fmt::format("{} is set in line {} already; remove one of them", parsed->key, first->second));
    } else {
      file.lines.push_back(std::move(*parsed));
    }
  }
  return file;
}

Result<ConfigFile> LoadConfigFile(const std::string &path) {
  const auto text = ReadTrustedFile(path, kCredentialFileLimit);
  if (!text) return tl::unexpected(text.error());
  auto file = ParseConfigFile(text->Reveal());
  for (auto &error : file.errors) error.insert(0, path + ':');
  if (HoldsSecret(file)) {
    if (const auto checked = ReadCredentialFile(path); !checked) {
      file.errors.push_back(checked.error().message + " (it holds a secret)");
    }
  }
  return file;
}

}  // namespace lookout
