// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeScratch.hxx"

#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <system_error>
#include <vector>

#include "auth/CredentialFile.hxx"
#include "base/Base64.hxx"
#include "base/JsonWriter.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

bool IsInMemory(const std::string &directory) {
  struct statfs info {};
  return ::statfs(directory.c_str(), &info) == 0 && (info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC);
}

constexpr std::string_view kName = "lookout-compose-";

/** Where scratch directories may lie, the best first. */
std::vector<std::string> Places() {
  std::vector<std::string> places = {"/dev/shm", "/run"};
  if (const char *const own = std::getenv("RUNTIME_DIRECTORY")) places.insert(places.begin(), own);
  return places;
}

/** A fresh directory of mode 0700 that names our process, or "". */
std::string MakeIn(const std::string &directory) {
  if (!IsInMemory(directory)) return {};
  std::string path = fmt::format("{}/{}{}-XXXXXX", directory, kName, ::getpid());
  return ::mkdtemp(path.data()) != nullptr ? path : std::string();
}

/** Does "lookout-compose-PID-..." name a process that is no more? */
bool IsLeftOver(std::string_view name) {
  if (!name.starts_with(kName)) return false;
  name.remove_prefix(kName.size());
  const auto pid = ParseInt(name.substr(0, name.find('-')));
  return pid && *pid > 0 && *pid <= std::numeric_limits<pid_t>::max() && ::kill(static_cast<pid_t>(*pid), 0) != 0 &&
         errno == ESRCH;
}

void RemoveAll(const std::string &path) {
  std::error_code ignored;
  std::filesystem::remove_all(path, ignored);
}

/** How the docker tools name a registry: by its host, but for Docker's own. */
std::string RegistryKey(std::string_view server) {
  const auto rest = server.substr(std::string_view("https://").size());
  const std::string host = ToLower(rest.substr(0, rest.find('/')));
  const bool is_hub = host == "docker.io" || host == "index.docker.io" || host == "registry-1.docker.io";
  return is_hub ? "https://index.docker.io/v1/" : host;
}

}  // namespace

std::string FormatDockerConfig(const RegistryLogin &login) {
  const Secret pair(fmt::format("{}:{}", login.username, login.password.Reveal()));
  JsonWriter json;
  json.BeginObject().Key("auths").BeginObject().Key(RegistryKey(login.server)).BeginObject();
  json.Member("auth", Base64Encode(pair.Reveal())).End().End().End();
  return json.Take();
}

ComposeScratch::ComposeScratch(const std::optional<RegistryLogin> &login) {
  for (const auto &directory : Places()) {
    path_ = MakeIn(directory);
    if (!path_.empty()) break;
  }
  if (path_.empty()) {
    throw std::runtime_error(
        "no place in memory for the credentials of a compose operation: neither $RUNTIME_DIRECTORY nor /dev/shm nor "
        "/run is a tmpfs that can be written");
  }
  if (!login) return;
  const auto written = CreateCredentialFile(path_ + "/config.json", FormatDockerConfig(*login));
  if (written) return;
  RemoveAll(path_);
  throw std::runtime_error(written.error().message);
}

void ComposeScratch::RemoveLeftOvers() {
  for (const auto &directory : Places()) {
    std::error_code error;
    for (std::filesystem::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
      if (IsLeftOver(at->path().filename().string())) RemoveAll(at->path());
    }
  }
}

ComposeScratch::~ComposeScratch() {
  RemoveAll(path_);
}

}  // namespace lookout
