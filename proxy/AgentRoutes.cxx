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

std::vector<std::string> AgentRoutes::Paths() const {
  std::vector<std::string> paths;
  for (const auto &[path, handler] : routes_) paths.push_back(path);
  for (const auto *const table : tables_) {
    for (auto &path : table->Paths()) paths.push_back(std::move(path));
  }
  return paths;
}

}  // namespace lookout
