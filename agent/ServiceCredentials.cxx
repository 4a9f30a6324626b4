// SPDX-License-Identifier: Apache-2.0
#include "agent/ServiceCredentials.hxx"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace lookout {

namespace {

struct ServiceCredential {
  std::string_view setting;
  std::string_view name;
  std::string Config::*path;
};

/** The names begin as LoadCredential=lookout:DIRECTORY makes them of the files' names. */
constexpr std::array<ServiceCredential, 6> kCredentials = {{
    {"PRIVATE_KEY_FILE", "lookout_private-key", &Config::private_key_file},
    {"TOKEN_FILE", "lookout_token", &Config::token_file},
    {"TOKEN_HASH_FILE", "lookout_token-hash", &Config::token_hash_file},
    {"ENROLLMENT_TOKEN_FILE", "lookout_enrollment-token", &Config::enrollment_token_file},
    {"TLS_CERT", "lookout_tls-cert", &Config::tls_cert},
    {"TLS_KEY", "lookout_tls-key", &Config::tls_key},
}};

}  // namespace

void UseServiceCredentials(LoadedConfig &loaded, const std::function<const char *(const char *name)> &environment) {
  const char *const directory = environment("CREDENTIALS_DIRECTORY");
  if (directory == nullptr || directory[0] == '\0') return;
  for (const auto &credential : kCredentials) {
    auto &path = loaded.config.*credential.path;
    std::string candidate = fmt::format("{}/{}", directory, credential.name);
    if (!path.empty() || ::access(candidate.c_str(), F_OK) != 0) continue;
    path = std::move(candidate);
    loaded.origins[credential.setting] = fmt::format("credential {}", credential.name);
  }
}

}  // namespace lookout
