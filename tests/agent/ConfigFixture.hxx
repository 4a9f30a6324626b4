// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "agent/ConfigLoader.hxx"
#include "auth/Ed25519PrivateKey.hxx"
#include "tests/support/TempDir.hxx"

namespace lookout {

/** A directory with a key, an environment that makes a valid configuration of it, and a file when one is written. */
class ConfigFixture {
 public:
  ConfigFixture() {
    const auto key = directory.Write("key.pem", Ed25519PrivateKey::Generate().ToPem().Reveal());
    environment = {{"DRYDOCK_URL", "https://hub.test"}, {"PRIVATE_KEY_FILE", key}};
  }

  ConfigSources Sources() const {
    const auto get = [this](const char *name) -> const char * {
      const auto found = environment.find(name);
      return found == environment.end() ? nullptr : found->second.c_str();
    };
    return {get, directory.Join("lookout.conf"), is_file_required};
  }

  LoadedConfig Load() const { return LoadConfig(Sources()); }
  LoadedConfig Load(const std::string &name, const std::string &value) {
    environment[name] = value;
    return Load();
  }
  std::string WriteFile(std::string_view text, unsigned mode = 0600) const {
    return directory.Write("lookout.conf", text, mode);
  }

  TempDir directory;
  std::map<std::string, std::string> environment;
  bool is_file_required = false;
};

}  // namespace lookout
