// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/Config.hxx"
#include "proxy/DockerEngine.hxx"
#include "proxy/OwnNames.hxx"
#include "tunnel/Hello.hxx"

namespace lookout {

/** What this agent says of itself, by its configuration and by what is known of the engine now. */
AgentIdentity MakeIdentity(const Config &config, const DockerEngine &engine);

/** The name of this host, "" when the system does not tell. */
std::string HostName();

/** By which names listeners that serve this host without proof may be asked; any, where they serve everybody. */
OwnNames MakeOwnNames(const Config &config);

}  // namespace lookout
