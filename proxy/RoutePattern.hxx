// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lookout {

/**
 * A path with places for arguments: "/api/containers/{id}/logs". Each {name} takes exactly one segment, which is not
 * empty; the rest compares exactly, as it was written, never decoded.
 */
class RoutePattern {
 public:
  explicit RoutePattern(std::string_view text);

  /** The segments that stand for the arguments, in their order, as they were written; nullopt: another path. */
  std::optional<std::vector<std::string_view>> Match(std::string_view path) const;

 private:
  std::vector<std::string> segments_;  // "" for an argument
};

}  // namespace lookout
