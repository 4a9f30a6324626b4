// SPDX-License-Identifier: Apache-2.0
#include "auth/TrustedProxies.hxx"

#include <algorithm>

#include "base/Strings.hxx"

namespace lookout {

namespace {

/** "" or a colon and a port. */
bool IsPortSuffix(std::string_view text) {
  if (text.empty()) return true;
  const auto digits = text.substr(1);
  const bool has_digits_only = digits.find_first_not_of("0123456789") == std::string_view::npos;
  return text.front() == ':' && !digits.empty() && digits.size() <= 5 && has_digits_only;
}

std::optional<IpAddress> ParseIpv6(std::string_view text) {
  const auto address = IpAddress::Parse(text.substr(0, text.find('%')));
  const bool is_ipv6_literal = text.find(':') != std::string_view::npos;
  return is_ipv6_literal ? address : std::nullopt;
}

/** Takes the last entry off the list. */
std::string_view TakeLast(std::string_view &list) {
  const auto comma = list.rfind(',');
  const auto last = comma == std::string_view::npos ? list : list.substr(comma + 1);
  list = list.substr(0, comma == std::string_view::npos ? 0 : comma);
  return last;
}

}  // namespace

std::optional<IpAddress> ParseHop(std::string_view text) {
  text = Trim(text);
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos || !IsPortSuffix(text.substr(end + 1))) return std::nullopt;
    return ParseIpv6(text.substr(1, end - 1));
  }
  const auto colon = text.find(':');
  if (colon != text.rfind(':')) return ParseIpv6(text);
  if (colon != std::string_view::npos && !IsPortSuffix(text.substr(colon))) return std::nullopt;
  return IpAddress::Parse(text.substr(0, colon));
}

Result<TrustedProxies> TrustedProxies::Parse(std::string_view list) {
  TrustedProxies proxies;
  for (const auto entry : SplitList(list)) {
    auto network = IpNetwork::Parse(entry);
    if (!network) return tl::unexpected(network.error());
    proxies.networks_.push_back(*network);
  }
  return proxies;
}

bool TrustedProxies::Contains(const IpAddress &address) const {
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const auto &network) { return network.Contains(address); });
}

IpAddress TrustedProxies::FindClient(const IpAddress &peer, const ForwardingFields &fields) const {
  if (!Contains(peer)) return peer;
  IpAddress nearest = peer;
  for (auto rest = fields.forwarded_for; !rest.empty();) {
    const auto hop = ParseHop(TakeLast(rest));
    if (!hop) return nearest;
    if (!Contains(*hop)) return *hop;
    nearest = *hop;
  }
  const auto real = ParseHop(fields.real_ip);
  return real && !Contains(*real) ? *real : peer;
}

}  // namespace lookout
