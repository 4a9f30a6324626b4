// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/Exchange.hxx"

namespace lookout {

/** Routes of the agent's own: at the top, or those that are the same under /_lookout/ and /_portwing/. */
class RouteTable {
 public:
  virtual ~RouteTable() = default;
  /**
   * `path` is the path, or what follows the prefix, with its slash and without the query ("/health"). nullptr when
   * there is no such route; which methods a route takes is the handler's business.
   */
  virtual RequestHandler *Find(std::string_view path) = 0;
  /** Every path that there is, as Find() takes it, or as a pattern ("/api/containers/{id}"). */
  virtual std::vector<std::string> Paths() const = 0;
};

}  // namespace lookout
