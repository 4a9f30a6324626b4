// SPDX-License-Identifier: Apache-2.0
#include "agent/Identity.hxx"

#include <unistd.h>

#include <array>

#include "base/Version.hxx"

namespace lookout {

AgentIdentity MakeIdentity(const Config &config, const DockerEngine &engine) {
  AgentIdentity identity;
  identity.dialect = config.dialect;
  identity.version = ProductVersion();
  identity.agent_id = config.agent_id;
  identity.agent_name = config.agent_name;
  identity.hostname = HostName();
  identity.docker_version = engine.GetInfo().version;
  identity.drydock_adapter = config.adapter == Adapter::Drydock;
  return identity;
}

OwnNames MakeOwnNames(const Config &config) {
  if (config.allow_unauthenticated_remote) return {};
  return OwnNames({HostName(), config.agent_name});
}

std::string HostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

}  // namespace lookout
