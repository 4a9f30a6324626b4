// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tunnel/OutboundProxy.hxx"

/** Up to the first line break it is a proxy, whose credentials no error may repeat; the rest is a NO_PROXY list. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const auto end = text.find('\n');
  const auto proxy = lookout::ParseProxyUrl(text.substr(0, end), "X");
  if (proxy && (proxy->host.empty() || proxy->port == 0)) std::abort();
  const auto list = end == std::string_view::npos ? text : text.substr(end + 1);
  for (const auto *const host : {"hub.example.com", "10.1.2.3", "2001:db8::1"}) {
    lookout::IsProxyBypassed(list, lookout::ControllerUrl{true, host, 443, ""});
  }
  return 0;
}
