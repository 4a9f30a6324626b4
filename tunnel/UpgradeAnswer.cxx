// SPDX-License-Identifier: Apache-2.0
#include "tunnel/UpgradeAnswer.hxx"

#include <fmt/core.h>

#include "base/Strings.hxx"
#include "proxy/HttpHead.hxx"

namespace lookout {

std::string DescribeFailedUpgrade(const UpgradeAnswer &answer, std::string_view peer, std::string_view path,
                                  std::string_view lws_text) {
  if (answer.status != 0 && answer.status != 101) {
    auto message = fmt::format("{} answered the upgrade of {} with HTTP {} {}", peer, path, answer.status,
                               ReasonPhrase(answer.status));
    if (!answer.location.empty()) {
      message += fmt::format("; redirects are not followed, set the controller URL to where it leads: {}",
                             Printable(answer.location));
    }
    return message;
  }
  if (lws_text.starts_with("HS:") || lws_text == "problems parsing header") {
    return fmt::format("{} answered the upgrade wrongly ({}); is it a controller?", peer, lws_text);
  }
  return fmt::format("{} closed the connection instead of answering the upgrade ({})", peer, lws_text);
}

}  // namespace lookout
