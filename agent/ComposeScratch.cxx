// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeScratch.hxx"

#include <fmt/core.h>
#include <linux/magic.h>
#include <sys/vfs.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

#include "auth/CredentialFile.hxx"
#include "base/Base64.hxx"
#include "base/JsonWriter.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

bool IsInMemory(const char *directory) {
  struct statfs info {};
  return ::statfs(directory, &info) == 0 && (info.f_type == TMPFS_MAGIC || info.f_type == RAMFS_MAGIC);
}

/** A fresh directory of mode 0700, or "". */
std::string MakeIn(const char *directory) {
  if (directory == nullptr || !IsInMemory(directory)) return {};
  std::string path = fmt::format("{}/lookout-compose-XXXXXX", directory);
  return ::mkdtemp(path.data()) != nullptr ? path : std::string();
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
  for (const char *const directory :
       {static_cast<const char *>(std::getenv("RUNTIME_DIRECTORY")), "/dev/shm", "/run"}) {
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

ComposeScratch::~ComposeScratch() {
  RemoveAll(path_);
}

}  // namespace lookout
