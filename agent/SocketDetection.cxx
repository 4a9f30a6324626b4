// SPDX-License-Identifier: Apache-2.0
#include "agent/SocketDetection.hxx"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace lookout {

namespace {

bool IsSocket(const std::string &path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

bool IsUsable(const std::string &path) {
  return IsSocket(path) && ::access(path.c_str(), R_OK | W_OK) == 0;
}

}  // namespace

std::vector<std::string> DockerSocketCandidates(const std::function<const char *(const char *name)> &environment) {
  std::vector<std::string> paths;
  const auto add_below = [&](const char *variable, const char *path) {
    const char *directory = environment(variable);
    if (directory != nullptr && *directory != '\0') paths.push_back(std::string(directory) + path);
  };
  paths.emplace_back("/var/run/docker.sock");
  add_below("XDG_RUNTIME_DIR", "/docker.sock");
  add_below("HOME", "/.docker/run/docker.sock");
  add_below("HOME", "/.orbstack/run/docker.sock");
  paths.emplace_back("/run/docker.sock");
  add_below("XDG_RUNTIME_DIR", "/podman/podman.sock");
  paths.emplace_back("/run/podman/podman.sock");
  return paths;
}

std::string DetectDockerSocket(const std::function<const char *(const char *name)> &environment) {
  const auto paths = DockerSocketCandidates(environment);
  for (const auto is_good : {IsUsable, IsSocket}) {
    const auto found = std::find_if(paths.begin(), paths.end(), is_good);
    if (found != paths.end()) return *found;
  }
  return paths.front();
}

}  // namespace lookout
