// SPDX-License-Identifier: Apache-2.0
#include "agent/ConfigRules.hxx"

#include <fmt/format.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

#include "agent/AccessRules.hxx"
#include "agent/ServiceCredentials.hxx"
#include "agent/SettingCodec.hxx"
#include "agent/SocketDetection.hxx"
#include "auth/CredentialFile.hxx"
#include "auth/Ed25519PrivateKey.hxx"
#include "tunnel/TlsContext.hxx"

namespace lookout {

namespace {

constexpr size_t kMaxSocketPath = sizeof(sockaddr_un::sun_path) - 1;

/** Puts what the file holds in place of the secret. */
void ReadSecretFile(LoadedConfig &loaded, std::string_view setting, const std::string &path, Secret &secret) {
  auto content = ReadTokenFile(path);
  if (!content) return loaded.Refuse(setting, content.error().message);
  if (content->IsEmpty()) return loaded.Refuse(setting, fmt::format("'{}' is empty", path));
  secret = std::move(*content);
}

void ReadSecretFiles(LoadedConfig &loaded) {
  auto &config = loaded.config;
  if (!config.token_file.empty()) ReadSecretFile(loaded, "TOKEN_FILE", config.token_file, config.token);
  if (!config.token_hash_file.empty()) {
    ReadSecretFile(loaded, "TOKEN_HASH_FILE", config.token_hash_file, config.token_hash);
  }
  if (!config.enrollment_token_file.empty() && config.enrollment_token.IsEmpty()) {
    ReadSecretFile(loaded, "ENROLLMENT_TOKEN_FILE", config.enrollment_token_file, config.enrollment_token);
  }
}

/** The host's name, or the product's when the host has none that the controller would take. */
std::string DefaultAgentName() {
  std::array<char, 257> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "lookout";
  return AgentNameCodec::Read(name.data(), {}).value_or("lookout");
}

/** The controller's URL is given, right or wrong. */
bool IsEdge(const LoadedConfig &loaded) {
  return loaded.origins.at("DRYDOCK_URL") != "default";
}

void CheckControllers(LoadedConfig &loaded) {
  const auto &config = loaded.config;
  for (const auto &url : config.controllers) {
    if (!url.IsInsecure() || config.allow_insecure_edge_url) continue;
    loaded.Refuse("DRYDOCK_URL", fmt::format("{} would send everything over the network in the clear; use https://, "
                                             "or set ALLOW_INSECURE_EDGE_URL=true if the way there is protected",
                                             url.ToString()));
  }
  if (config.max_reconnect_delay < config.reconnect_delay) {
    loaded.Refuse("MAX_RECONNECT_DELAY", fmt::format("{} is less than RECONNECT_DELAY, which is {}",
                                                     SecondsCodec::Show(config.max_reconnect_delay),
                                                     SecondsCodec::Show(config.reconnect_delay)));
  }
}

void CheckPrivateKey(LoadedConfig &loaded) {
  const auto &path = loaded.config.private_key_file;
  if (path.empty()) {
    return loaded.Refuse("PRIVATE_KEY_FILE",
                         "not set; make a key with \"lookout keygen --out FILE\" and name the file here");
  }
  if (const auto key = LoadPrivateKey(path); !key) loaded.Refuse("PRIVATE_KEY_FILE", key.error().message);
}

void CheckCaFile(LoadedConfig &loaded) {
  if (loaded.config.ca_cert.empty()) return;
  try {
    const TlsContext context({loaded.config.ca_cert, false}, "localhost");
  } catch (const std::runtime_error &error) {
    loaded.errors.emplace_back(error.what());  // it begins with the name
  }
}

void CheckSocketPath(LoadedConfig &loaded) {
  if (loaded.config.docker_socket.size() <= kMaxSocketPath) return;
  loaded.Refuse("DOCKER_SOCKET",
                fmt::format("the path of a unix socket has at most {} bytes, this has {}; make a symbolic link to it",
                            kMaxSocketPath, loaded.config.docker_socket.size()));
}

}  // namespace

void CompleteConfig(LoadedConfig &loaded, const std::function<const char *(const char *name)> &environment) {
  auto &config = loaded.config;
  UseServiceCredentials(loaded, environment);
  ReadSecretFiles(loaded);
  if (config.agent_name.empty()) config.agent_name = DefaultAgentName();
  if (config.bind_address.empty()) config.bind_address = IsEdge(loaded) ? "127.0.0.1" : "0.0.0.0";
  if (config.docker_socket.empty()) config.docker_socket = DetectDockerSocket(environment);
}

void CheckConfig(LoadedConfig &loaded) {
  const bool is_edge = IsEdge(loaded);
  if (is_edge) {
    CheckControllers(loaded);
    CheckPrivateKey(loaded);
    CheckCaFile(loaded);
  }
  CheckAccess(loaded, is_edge);
  CheckSocketPath(loaded);
}

}  // namespace lookout
