// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/IpAddress.hxx"
#include "tests/fuzz/Require.hxx"
#include "tunnel/NoProxyRule.hxx"
#include "tunnel/SocketAddress.hxx"

using namespace lookout;

namespace {

bool IsKnownToLibc(const std::string &text) {
  std::array<unsigned char, 16> bytes{};
  return ::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1;
}

void CheckAddress(const std::string &text) {
  const auto address = IpAddress::Parse(text);
  const bool has_nul = text.find('\0') != std::string::npos;
  Require(address.has_value() == (!has_nul && IsKnownToLibc(text)), "an address is one as inet_pton(3) has it");
  const auto socket_address = ParseSocketAddress(text, 443);
  if (!address) return;
  const auto again = IpAddress::Parse(address->ToString());
  Require(again == address && again->ToString() == address->ToString(), "each address has one text");
  Require(socket_address.has_value(), "it can be connected to");
  const ControllerUrl url{true, address->ToString(), 443, ""};
  Require(NoProxyRule(text).Matches(url), "an exception for an address matches it");
}

void CheckNetwork(const std::string &text) {
  const auto network = IpNetwork::Parse(text);
  if (!network) return;
  const auto base = IpAddress::Parse(text.substr(0, text.find('/')));
  Require(base && network->Contains(*base), "a network holds the address that it is named after");
  for (const auto *const other : {"203.0.113.7", "2001:db8::7"}) {
    const auto address = IpAddress::Parse(other);
    if (address->IsIpv6() != base->IsIpv6()) Require(!network->Contains(*address), "and none of the other kind");
  }
}

}  // namespace

/** An address, a network, or an entry of NO_PROXY. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string text(reinterpret_cast<const char *>(data), size);
  CheckAddress(text);
  CheckNetwork(text);
  const NoProxyRule rule(text);
  for (const auto *const host : {"hub.example.com", "10.1.2.3", "2001:db8::1"}) {
    if (!rule.Matches({true, host, 443, ""})) continue;
    const bool has_reason = text.find_first_of("*/.:") != std::string::npos || text.size() >= 3;
    Require(has_reason, "an exception matches for a reason");
  }
  return 0;
}
