// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "agent/ComposeRequest.hxx"
#include "base/Strings.hxx"
#include "base/Utf8.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxPath = 1024;
constexpr size_t kMaxPathPart = 255;
constexpr size_t kMaxVariableName = 256;
constexpr size_t kMaxVariableValue = 64 * 1024;

/** Names that steer the shell, the loader or the tools that we start. */
constexpr std::array<std::string_view, 8> kDeniedNames = {"PATH", "HOME",   "SHELL",  "ENV",
                                                          "IFS",  "CDPATH", "TMPDIR", "PYTHONPATH"};
constexpr std::array<std::string_view, 9> kDeniedFamilies = {"LD_",   "DOCKER_", "COMPOSE_", "BUILDKIT_", "BUILDX_",
                                                             "BASH_", "SSH_",    "GIT_",     "PYTHON"};

bool IsNameCharacter(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

bool IsVariableName(std::string_view name) {
  return !name.empty() && name.size() <= kMaxVariableName && (name[0] < '0' || name[0] > '9') &&
         std::all_of(name.begin(), name.end(), IsNameCharacter);
}

bool IsDenied(std::string_view name) {
  const auto begins = [name](std::string_view family) { return name.starts_with(family); };
  return std::find(kDeniedNames.begin(), kDeniedNames.end(), name) != kDeniedNames.end() ||
         std::any_of(kDeniedFamilies.begin(), kDeniedFamilies.end(), begins);
}

bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

}  // namespace

Result<void> CheckComposeVariable(std::string_view name, std::string_view value, const ComposeRules &rules) {
  if (!IsVariableName(name)) {
    return Fail(fmt::format("envVars: invalid name \"{}\": letters, digits and _ only, no digit in front",
                            Printable(name, 64)));
  }
  if (IsDenied(name)) return Fail(fmt::format("envVars: {} is not allowed: it steers the tools themselves", name));
  // Both cases are in use.
  if (ToLower(name).ends_with("_proxy") && !rules.allow_proxy_variables) {
    return Fail(fmt::format("envVars: {} is not allowed unless COMPOSE_ALLOW_PROXY_ENV=true", name));
  }
  if (value.find_first_of(std::string_view("\n\r\0", 3)) != std::string_view::npos) {
    return Fail(fmt::format("envVars: the value of {} contains a line break or NUL", name));
  }
  if (value.size() > kMaxVariableValue) return Fail(fmt::format("envVars: the value of {} is over 64 KiB", name));
  return {};
}

Result<void> CheckStackPath(std::string_view path, std::string_view what) {
  const auto refuse = [path, what](std::string_view why) {
    return Fail(fmt::format("{} \"{}\" {}", what, Printable(path, 128), why));
  };
  if (path.empty()) return refuse("is empty");
  if (path.size() > kMaxPath) return refuse("is too long");
  if (path.front() == '/') return refuse("must be relative");
  if (std::any_of(path.begin(), path.end(), IsControl)) return refuse("contains control characters");
  if (!IsValidUtf8(path)) return refuse("is not UTF-8");
  while (true) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (part.empty()) return refuse("has an empty part");
    if (part == "." || part == "..") return refuse("must not contain . or ..");
    if (part.size() > kMaxPathPart) return refuse("has a part over 255 bytes");
    if (slash == std::string_view::npos) return {};
    path.remove_prefix(slash + 1);
  }
}

}  // namespace lookout
