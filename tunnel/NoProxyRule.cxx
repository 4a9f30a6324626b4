// SPDX-License-Identifier: Apache-2.0
#include "tunnel/NoProxyRule.hxx"

#include <algorithm>

#include "base/Strings.hxx"

namespace lookout {

NoProxyRule::NoProxyRule(std::string_view entry) : host_(ToLower(entry)) {
  if (host_.find('/') != std::string::npos) {
    if (const auto network = IpNetwork::Parse(host_)) network_ = *network;
    return;
  }
  const auto colon = host_.rfind(':');
  const bool bracketed = host_.starts_with('[');
  const bool has_port = colon != std::string::npos && (bracketed ? host_[colon - 1] == ']' : host_.find(':') == colon);
  if (has_port) {
    port_ = static_cast<int>(std::clamp<int64_t>(ParseInt(host_.substr(colon + 1)).value_or(-1), -1, 65536));
    host_.resize(colon);
  }
  if (bracketed && host_.ends_with(']')) host_ = host_.substr(1, host_.size() - 2);
}

bool NoProxyRule::Matches(const ControllerUrl &url) const {
  if (host_ == "*") return true;
  if (port_ != 0 && port_ != url.port) return false;
  const auto address = IpAddress::Parse(url.host);
  if (network_) return address && network_->Contains(*address);
  const auto wanted = IpAddress::Parse(host_);
  if (wanted || address) return wanted == address;
  return MatchesName(url.host);
}

bool NoProxyRule::MatchesName(const std::string &host) const {
  if (host_.starts_with('.')) return host_.size() > 1 && host.ends_with(host_);
  return host == host_ || (!host_.empty() && host.ends_with("." + host_));
}

}  // namespace lookout
