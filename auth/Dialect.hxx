// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string_view>

namespace lookout {

/**
 * Every name on the wire that carries a product's name: the one table. The controller of today speaks
 * portwing/1.0 (the default); lookout/1.0 can be chosen (PROTOCOL=lookout/1.0).
 */
struct Dialect {
  std::string_view protocol;         // "portwing/1.0"
  std::string_view socket_path;      // dialled, and always the path in the signed text
  std::string_view enroll_path;      // "/api/portwing/enroll"
  std::string_view route_prefix;     // "/_portwing/", agent routes
  std::string_view header_prefix;    // "X-Portwing-"
  std::string_view metric_prefix;    // "portwing_"
  std::string_view event_source;     // the value of a watcher's `events` marker
  bool announces_watch_and_trigger;  // capabilities dd:watch and dd:trigger
  bool syncs_containers_first;       // container_sync before component_sync
  bool nests_container_image;        // the nested container form, else the flat one
};

inline constexpr Dialect kPortwingDialect = {
    "portwing/1.0",
    "/api/portwing/ws",
    "/api/portwing/enroll",
    "/_portwing/",
    "X-Portwing-",
    "portwing_",
    "portwing",
    false,
    false,
    true,
};
inline constexpr Dialect kLookoutDialect = {
    "lookout/1.0",
    "/api/lookout/ws",
    "/api/lookout/enroll",
    "/_lookout/",
    "X-Lookout-",
    "lookout_",
    "lookout",
    true,
    true,
    false,
};

/** The dialect of that protocol string, or nullptr. */
constexpr const Dialect *FindDialect(std::string_view protocol) {
  if (protocol == kPortwingDialect.protocol) return &kPortwingDialect;
  if (protocol == kLookoutDialect.protocol) return &kLookoutDialect;
  return nullptr;
}

}  // namespace lookout
