// SPDX-License-Identifier: Apache-2.0
#include "tunnel/NoProxyRule.hxx"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include "base/Strings.hxx"

namespace lookout {

namespace {

/** The bytes of an address in network order, 4 or 16 of them; an IPv4-mapped IPv6 address counts as IPv4. */
struct AddressBytes {
  std::array<uint8_t, 16> bytes{};
  size_t size = 0;

  std::span<const uint8_t> View() const { return std::span(bytes).first(size); }
};

std::optional<AddressBytes> ReadAddress(const std::string &text) {
  AddressBytes address;
  if (inet_pton(AF_INET, text.c_str(), address.bytes.data()) == 1) {
    address.size = 4;
    return address;
  }
  in6_addr ipv6{};
  if (inet_pton(AF_INET6, text.c_str(), &ipv6) != 1) return std::nullopt;
  const auto all = std::span(ipv6.s6_addr);
  const auto used = IN6_IS_ADDR_V4MAPPED(&ipv6) ? all.last(4) : all;
  std::copy(used.begin(), used.end(), address.bytes.begin());
  address.size = used.size();
  return address;
}

bool HasSamePrefix(std::span<const uint8_t> a, std::span<const uint8_t> b, size_t bits) {
  const size_t whole = bits / 8;
  if (!std::equal(a.begin(), a.begin() + static_cast<ptrdiff_t>(whole), b.begin())) return false;
  const auto shift = 8 - bits % 8;
  return shift == 8 || (a[whole] >> shift) == (b[whole] >> shift);
}

}  // namespace

NoProxyRule::NoProxyRule(std::string_view entry) : host_(ToLower(entry)) {
  if (const auto slash = host_.find('/'); slash != std::string::npos) {
    // Out of any range when it is not a number, so that the rule matches nothing.
    prefix_bits_ = static_cast<int>(std::clamp<int64_t>(ParseInt(host_.substr(slash + 1)).value_or(1000), 0, 1000));
    host_.resize(slash);
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
  return prefix_bits_ >= 0 ? MatchesNetwork(url.host) : MatchesHost(url.host);
}

bool NoProxyRule::MatchesNetwork(const std::string &address) const {
  const auto network = ReadAddress(host_);
  const auto candidate = ReadAddress(address);
  if (!network || !candidate || network->size != candidate->size) return false;
  const auto bits = static_cast<size_t>(prefix_bits_);
  return bits <= network->size * 8 && HasSamePrefix(network->View(), candidate->View(), bits);
}

bool NoProxyRule::MatchesHost(const std::string &host) const {
  const auto wanted = ReadAddress(host_);
  const auto candidate = ReadAddress(host);
  if (wanted || candidate) return wanted && candidate && std::ranges::equal(wanted->View(), candidate->View());
  if (host_.starts_with('.')) return host_.size() > 1 && host.ends_with(host_);
  return host == host_ || (!host_.empty() && host.ends_with("." + host_));
}

}  // namespace lookout
