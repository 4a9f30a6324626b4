// SPDX-License-Identifier: Apache-2.0
#include "agent/StackList.hxx"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace lookout {

namespace {

constexpr std::string_view kProject = "com.docker.compose.project";
constexpr std::string_view kService = "com.docker.compose.service";
constexpr std::string_view kDirectory = "com.docker.compose.project.working_dir";
/** More stacks than anybody has; a directory of other things does not make the answer huge. */
constexpr size_t kMaxDirectories = 1000;

StackContainer ReadContainer(const JsonValue &container) {
  const auto &names = container["Names"].Items();
  std::string name = names.empty() ? std::string() : names[0].AsString();
  if (name.starts_with('/')) name.erase(0, 1);
  return {container["Id"].AsString(), std::move(name), container["State"].AsString(), container["Status"].AsString()};
}

/** "/data/stacks/app" below "/data/stacks" -> "app". */
std::string Below(const std::string &directory, const std::string &root) {
  const std::string prefix = root + '/';
  return directory.starts_with(prefix) ? directory.substr(prefix.size()) : std::string();
}

}  // namespace

StackList GroupStacks(const JsonValue &containers, const std::string &stacks_dir) {
  StackList stacks;
  for (const auto &container : containers.Items()) {
    const auto &labels = container["Labels"];
    const auto &project = labels[kProject].AsString();
    if (project.empty()) continue;
    auto &stack = stacks[project];
    stack.name = project;
    if (stack.directory.empty()) stack.directory = Below(labels[kDirectory].AsString(), stacks_dir);
    stack.services[labels[kService].AsString()].push_back(ReadContainer(container));
  }
  return stacks;
}

void AddStackDirectories(StackList &stacks, const std::string &stacks_dir) {
  std::error_code error;
  size_t count = 0;
  for (std::filesystem::directory_iterator at(stacks_dir, error), end; !error && at != end; at.increment(error)) {
    if (++count > kMaxDirectories) return;
    std::error_code ignored;
    if (!at->is_directory(ignored) || at->is_symlink(ignored)) continue;
    const auto name = at->path().filename().string();
    const bool is_known =
        std::any_of(stacks.begin(), stacks.end(), [&name](const auto &each) { return each.second.directory == name; });
    if (!is_known) stacks[name] = {name, name, {}};
  }
}

}  // namespace lookout
