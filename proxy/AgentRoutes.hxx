// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "proxy/RouteTable.hxx"

namespace lookout {

/** A RouteTable that is filled once, at start; paths compare exactly. */
class AgentRoutes final : public RouteTable {
 public:
  /** `handler` must outlive the table. */
  void Add(std::string_view path, RequestHandler &handler) { routes_.insert_or_assign(std::string(path), &handler); }
  RequestHandler *Find(std::string_view path) override {
    const auto found = routes_.find(path);
    return found == routes_.end() ? nullptr : found->second;
  }

 private:
  std::map<std::string, RequestHandler *, std::less<>> routes_;
};

}  // namespace lookout
