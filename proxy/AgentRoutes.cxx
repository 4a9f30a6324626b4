// SPDX-License-Identifier: Apache-2.0
#include "proxy/AgentRoutes.hxx"

namespace lookout {

RequestHandler *AgentRoutes::Find(std::string_view path) {
  const auto found = routes_.find(path);
  if (found != routes_.end()) return found->second;
  for (auto *const table : tables_) {
    auto *const handler = table->Find(path);
    if (handler != nullptr) return handler;
  }
  return nullptr;
}

}  // namespace lookout
