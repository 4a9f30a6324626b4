// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/Base64.hxx"

/** Any bytes survive encoding, and a text that decodes is the one and only encoding of its bytes. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view input(reinterpret_cast<const char *>(data), size);
  if (lookout::Base64Decode(lookout::Base64Encode(input)) != input) std::abort();
  const auto bytes = lookout::Base64Decode(input);
  if (bytes && lookout::Base64Encode(*bytes) != input) std::abort();
  return 0;
}
