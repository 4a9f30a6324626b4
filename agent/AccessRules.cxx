// SPDX-License-Identifier: Apache-2.0
#include "agent/AccessRules.hxx"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <stdexcept>

#include "auth/AuthorizedKeys.hxx"
#include "auth/PhcString.hxx"
#include "base/IpAddress.hxx"
#include "proxy/ServerTlsContext.hxx"

namespace lookout {

namespace {

void CheckAuthorizedKeys(LoadedConfig &loaded) {
  const auto &path = loaded.config.authorized_keys;
  if (path.empty()) return;
  const auto keys = LoadAuthorizedKeys(path);
  if (!keys) return loaded.Refuse("AUTHORIZED_KEYS", keys.error().message);
  for (const auto &problem : keys->Problems()) {
    loaded.warnings.push_back(fmt::format("{}:{}: {}; the line is skipped", path, problem.line, problem.reason));
  }
}

void CheckTlsPair(LoadedConfig &loaded) {
  const auto &config = loaded.config;
  if (config.tls_cert.empty() != config.tls_key.empty()) {
    return loaded.Refuse(
        config.tls_cert.empty() ? "TLS_KEY" : "TLS_CERT",
        fmt::format("set without {}; set both or neither", config.tls_cert.empty() ? "TLS_CERT" : "TLS_KEY"));
  }
  if (!config.tls_client_ca.empty() && config.tls_cert.empty()) {
    loaded.Refuse("TLS_CLIENT_CA", "client certificates need TLS: set TLS_CERT and TLS_KEY too");
  }
}

void CheckTlsFiles(LoadedConfig &loaded) {
  const auto &config = loaded.config;
  if (config.tls_cert.empty() || config.tls_key.empty()) return;
  try {
    const ServerTlsContext context({config.tls_cert, config.tls_key, config.tls_client_ca});
  } catch (const std::runtime_error &error) {
    loaded.errors.emplace_back(error.what());  // it begins with the name
  }
}

void CheckTokens(LoadedConfig &loaded) {
  const auto &config = loaded.config;
  if (config.token_hash.IsEmpty()) return;
  const auto hash = PhcString::Parse(config.token_hash.Reveal());
  const auto name = config.token_hash_file.empty() ? "TOKEN_HASH" : "TOKEN_HASH_FILE";
  if (!hash) loaded.Refuse(name, hash.error().message + "; make one with \"lookout hash-token\"");
  if (!config.token.IsEmpty()) {
    loaded.Refuse("TOKEN_HASH", "set together with a token (TOKEN, TOKEN_FILE); keep one of them");
  }
}

void CheckProxies(LoadedConfig &loaded) {
  const auto proxies = ParseTrustedProxies(loaded.config);
  if (!proxies) loaded.Refuse("TRUSTED_PROXIES", proxies.error().message);
}

bool IsLoopback(const std::string &address) {
  const auto parsed = IpAddress::Parse(address);
  return parsed && parsed->IsLoopback();
}

/** Whoever reaches Docker is root on this host, so nobody does by an oversight. */
void CheckOpenness(LoadedConfig &loaded) {
  const auto &config = loaded.config;
  // A file that cannot be read is an error of its own.
  if (config.AsksForProof() || !config.token_file.empty() || !config.token_hash_file.empty()) return;
  if (!config.allow_unauthenticated) {
    return loaded.Refuse("DRYDOCK_URL",
                         "not set, so the agent would serve whoever connects, but nothing says how they prove "
                         "themselves; write the controller's URL, or set TOKEN_FILE, TOKEN_HASH_FILE, "
                         "AUTHORIZED_KEYS or TLS_CLIENT_CA, or ALLOW_UNAUTHENTICATED=true");
  }
  if (!IsLoopback(config.bind_address) && !config.allow_unauthenticated_remote) {
    return loaded.Refuse(
        "ALLOW_UNAUTHENTICATED",
        fmt::format("covers loopback only, and BIND_ADDRESS is {}: everybody who reaches it could command Docker; "
                    "set BIND_ADDRESS=127.0.0.1, or ALLOW_UNAUTHENTICATED_REMOTE=true if the network is protected",
                    config.bind_address));
  }
  loaded.warnings.push_back(fmt::format(
      "ALLOW_UNAUTHENTICATED: whoever can connect to {} commands Docker, and with it this host", config.bind_address));
}

/** Why no file can be made in that folder; "" when one can. */
std::string FindFolderFault(const std::filesystem::path &folder) {
  if (::access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return fmt::format("cannot write to '{}': {}", folder.string(), std::strerror(errno));
}

/** Found out now and not by the first client, who could use the token again after a restart or never. */
void CheckEnrollment(LoadedConfig &loaded) {
  const auto &config = loaded.config;
  if (config.enrollment_token.IsEmpty()) return;
  if (config.authorized_keys.empty()) {
    return loaded.Refuse("ENROLLMENT_TOKEN",
                         "set without AUTHORIZED_KEYS, the file that the new key would be added to");
  }
  namespace fs = std::filesystem;
  std::error_code ignored;
  const auto state = fs::weakly_canonical(fs::absolute(config.state_directory, ignored), ignored);
  // A missing one is made at the start, but not its parents.
  if (const auto fault = FindFolderFault(fs::exists(state, ignored) ? state : state.parent_path()); !fault.empty()) {
    loaded.Refuse("ENROLLMENT_TOKEN", fault +
                                          "; that the token was used is kept in STATE_DIRECTORY, which must be "
                                          "writable for the agent's user");
  }
  const auto keys = fs::weakly_canonical(fs::absolute(config.authorized_keys, ignored), ignored);
  const auto keys_folder = keys.parent_path();
  if (keys_folder == state) return;
  if (const auto fault = FindFolderFault(keys_folder); !fault.empty()) {
    loaded.Refuse("ENROLLMENT_TOKEN",
                  fmt::format("{}; the new key is added to AUTHORIZED_KEYS, which must be in a folder that the agent's "
                              "user can write, as {}",
                              fault, (state / "authorized_keys").string()));
  }
}

void CheckStandard(LoadedConfig &loaded) {
  CheckTlsFiles(loaded);
  CheckOpenness(loaded);
  CheckEnrollment(loaded);
}

void CheckOperations(LoadedConfig &loaded) {
  const auto &config = loaded.config;
  if (IsLoopback(config.bind_address) || config.allow_unauthenticated_remote) return;
  loaded.Refuse("BIND_ADDRESS",
                fmt::format("{} is not loopback, and with DRYDOCK_URL the listener asks nobody for proof before it "
                            "tells of this agent; set ALLOW_UNAUTHENTICATED_REMOTE=true if that is meant",
                            config.bind_address));
}

}  // namespace

void CheckAccess(LoadedConfig &loaded, bool is_edge) {
  CheckAuthorizedKeys(loaded);
  CheckTlsPair(loaded);
  CheckTokens(loaded);
  CheckProxies(loaded);
  if (is_edge) {
    CheckOperations(loaded);
  } else {
    CheckStandard(loaded);
  }
}

Result<TrustedProxies> ParseTrustedProxies(const Config &config) {
  return TrustedProxies::Parse(fmt::format("{}", fmt::join(config.trusted_proxies, ",")));
}

}  // namespace lookout
