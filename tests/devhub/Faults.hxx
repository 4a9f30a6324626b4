// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace lookout::devhub {

/** What the hub does wrong on purpose, for all connections; set over the control socket. */
struct Faults {
  /** Answer that many upgrades with an HTTP status. */
  struct Upgrade {
    int64_t status = 503;
    std::optional<int64_t> retry_after;
    int64_t count = 1;
  };
  Upgrade upgrade{503, std::nullopt, 0};
  /** Never answer that many upgrades. */
  int64_t hang_upgrades = 0;
  /** Refuse that many hellos with this code. */
  std::string reject_code;
  int64_t reject_count = 0;
  /** Answer that many hellos never. */
  int64_t mute_welcomes = 0;
  /** Act as if no pong came. */
  bool swallow_pongs = false;
  /** Send no ping, and do not look for pongs. */
  bool no_ping = false;
  /** Leave the Date header out of the upgrade response. */
  bool no_date = false;
  /** Replaces the data of the next welcomes; "" for the usual one. */
  std::string welcome;
};

}  // namespace lookout::devhub
