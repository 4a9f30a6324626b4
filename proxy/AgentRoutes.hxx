// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/RouteTable.hxx"

namespace lookout {

/** A RouteTable that is filled once, at start; paths compare exactly, and go before tables. */
class AgentRoutes final : public RouteTable {
 public:
  /** `handler` must outlive the table. */
  void Add(std::string_view path, RequestHandler &handler) { routes_.insert_or_assign(std::string(path), &handler); }
  /** Looked at for paths that are not here, in the order of these calls; must outlive this one. */
  void AddTable(RouteTable &table) { tables_.push_back(&table); }
  RequestHandler *Find(std::string_view path) override;
  std::vector<std::string> Paths() const override;

 private:
  std::map<std::string, RequestHandler *, std::less<>> routes_;
  std::vector<RouteTable *> tables_;
};

}  // namespace lookout
