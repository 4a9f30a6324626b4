// SPDX-License-Identifier: Apache-2.0
#include "agent/CheckConfig.hxx"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "agent/AgentId.hxx"
#include "agent/CommandLine.hxx"
#include "agent/Setting.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

constexpr size_t kLongestValue = 1024;

/** Where a value that was not configured really comes from. */
std::string OriginOf(const LoadedConfig &loaded, const Setting &setting) {
  const auto &origin = loaded.origins.at(setting.name);
  return origin == "default" && !setting.default_note.empty() ? fmt::format("default: {}", setting.default_note)
                                                              : origin;
}

std::string ValueOf(const LoadedConfig &loaded, const Setting &setting) {
  const auto value = setting.binding.show(loaded.config);
  if (value.empty() && setting.name == "AGENT_ID") {
    const auto kept = ReadKeptAgentId(loaded.config.state_directory);
    return kept && *kept ? **kept : "(made at the first start)";
  }
  return value.empty() ? "-" : Printable(value, kLongestValue);
}

/** Names of files and the like may hold anything; a problem stays one line. */
std::string OneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return text;
}

}  // namespace

std::string DescribeConfig(const LoadedConfig &loaded) {
  constexpr size_t kNameWidth = 28;
  constexpr size_t kMostValueWidth = 48;
  size_t value_width = 0;
  for (const auto &setting : AllSettings()) {
    value_width = std::max(value_width, std::min(ValueOf(loaded, setting).size(), kMostValueWidth));
  }
  std::string text;
  for (const auto &setting : AllSettings()) {
    text += fmt::format("{:<{}}  {:<{}}  {}\n", setting.name, kNameWidth, ValueOf(loaded, setting), value_width,
                        OriginOf(loaded, setting));
  }
  return text;
}

bool ReportConfigProblems(const LoadedConfig &loaded) {
  for (const auto &warning : loaded.warnings) fmt::print(stderr, "lookout: warning: {}\n", OneLine(warning));
  for (const auto &error : loaded.errors) fmt::print(stderr, "lookout: error: {}\n", OneLine(error));
  return loaded.errors.empty();
}

int RunCheckConfig(const ConfigSources &sources) {
  const auto loaded = LoadConfig(sources);
  fmt::print("{}", DescribeConfig(loaded));
  if (std::fflush(stdout) != 0) {
    throw std::system_error(errno, std::generic_category(), "cannot write to standard output");
  }
  if (!ReportConfigProblems(loaded)) return kExitConfig;
  fmt::print(stderr, "The configuration is fine.\n");
  return EXIT_SUCCESS;
}

}  // namespace lookout
