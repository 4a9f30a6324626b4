// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tunnel/ControllerUrl.hxx"

/** What was accepted must read back from its normal form as the same URL. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const auto url = lookout::ParseControllerUrl(text);
  if (!url) return 0;
  const auto again = lookout::ParseControllerUrl(url->ToString());
  if (!again || again->ToString() != url->ToString() || again->HostHeader() != url->HostHeader()) std::abort();
  return 0;
}
