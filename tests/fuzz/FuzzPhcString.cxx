// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/PhcString.hxx"

/** What was accepted keeps to the bounds, and its text reads back as the same. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using lookout::PhcString;
  const auto phc = PhcString::Parse({reinterpret_cast<const char *>(data), size});
  if (!phc) return 0;
  const bool is_affordable = phc->memory_kib <= PhcString::kMaxMemoryKib && phc->passes <= PhcString::kMaxPasses &&
                             phc->lanes <= PhcString::kMaxLanes;
  const bool is_strong = phc->memory_kib >= 8 * phc->lanes && phc->lanes >= 1 && phc->passes >= 1 &&
                         phc->salt.size() >= PhcString::kMinSaltSize && phc->tag.size() >= PhcString::kMinTagSize;
  if (!is_affordable || !is_strong) std::abort();
  const auto text = phc->ToString();
  const auto again = PhcString::Parse(text);
  if (!again || again->ToString() != text || again->tag != phc->tag || again->salt != phc->salt) std::abort();
  return 0;
}
