// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/TrustedProxies.hxx"

/**
 * The input is a header X-Forwarded-For behind a trusted proxy. There is always a client; it has one text; and what
 * stands further left than the client of a shorter header can never change who that is.
 */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace lookout;
  const std::string_view header(reinterpret_cast<const char *>(data), size);
  const auto peer = IpAddress::Parse("10.0.0.1").value();
  const auto proxies = TrustedProxies::Parse("10.0.0.0/8, fd00::/8").value();
  const auto client = proxies.FindClient(peer, {header, header});
  if (client.IsNone() || IpAddress::Parse(client.ToString()) != client) std::abort();
  if (!proxies.Contains(client) && !header.empty()) {
    const auto forged = "203.0.113.66," + std::string(header);
    const bool is_from_list = proxies.FindClient(peer, {header, ""}) == client;
    if (is_from_list && proxies.FindClient(peer, {forged, ""}) != client) std::abort();
  }
  if (TrustedProxies::Parse(header) && proxies.FindClient(client, {}) != client) std::abort();
  return 0;
}
