// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "auth/Dialect.hxx"
#include "tunnel/MessageTransport.hxx"

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

/** The signed part: it is valid for about a minute, and once. */
struct HelloProof {
  std::string key_id;
  int64_t timestamp = 0;  // Unix seconds
  std::string nonce;
  std::string signature;
};

/** The first frame of a connection. */
MessageBuffer MakeHello(const AgentIdentity &identity, const HelloProof &proof);

}  // namespace lookout
