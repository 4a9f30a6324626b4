// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lookout {

/** The head of an answer to an upgrade request, as far as it matters. */
struct UpgradeAnswer {
  /** 0 when there was none that could be read. */
  int status = 0;
  /** The Date header in Unix seconds. */
  std::optional<int64_t> date;
  /** Retry-After in seconds. */
  std::optional<int64_t> retry_after;
  /** Where a redirect leads. */
  std::string location;
};

/**
 * For the user: why `peer`'s answer to the upgrade of `path` is no connection. `lws_text` is what libwebsockets says
 * about it; it counts only where the status tells nothing.
 */
std::string DescribeFailedUpgrade(const UpgradeAnswer &answer, std::string_view peer, std::string_view path,
                                  std::string_view lws_text);

}  // namespace lookout
