// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "auth/SignedText.hxx"

namespace lookout {

/** What an agent says of itself (docs/protocol.md, "hello"). */
struct AgentIdentity {
  const Dialect *dialect = &kPortwingDialect;
  std::string version;
  std::string agent_id;
  std::string agent_name;
  std::string hostname;
  std::string docker_version = "unknown";
  /** The drydock adapter; the generic one offers less. */
  bool drydock_adapter = true;
};

/** What an agent like this can do, as told in hello and at the info route. */
std::vector<std::string> Capabilities(const AgentIdentity &identity);

/** The first frame of a connection. Its signature is valid for about a minute, and once. */
std::string MakeHello(const AgentIdentity &identity, const HelloSignature &proof);

}  // namespace lookout
