// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/JsonValue.hxx"

namespace lookout::devhub {

/** "" when the controller would take this container into its store, else what is wrong with it. */
std::string FindContainerFault(const JsonValue &container);

/** The containers of all agents, as the controller keeps them; they outlive the session. */
class ContainerStore {
 public:
  struct Agent {
    bool synced = false;                            // a container_sync has come in this session
    std::map<std::string, std::string> containers;  // id -> JSON
    size_t rejected = 0;                            // containers that failed the check
    std::string last_fault;
  };

  Agent &Of(const std::string &agent) { return agents_[agent]; }
  /** Takes each in, then removes what is not in the list; an empty list removes nothing. */
  void Sync(const std::string &agent, const JsonValue &containers);
  void Put(const std::string &agent, const JsonValue &container);
  void Remove(const std::string &agent, const std::string &id) { Of(agent).containers.erase(id); }
  std::string ToJson(const std::string &agent);

 private:
  std::map<std::string, Agent> agents_;
};

}  // namespace lookout::devhub
