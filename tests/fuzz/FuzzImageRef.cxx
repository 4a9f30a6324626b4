// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/ImageRef.hxx"

/** Every reference gets a registry and a tag, and no part grows out of nothing. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const std::string_view text(reinterpret_cast<const char *>(data), size);
  const auto image = lookout::ParseImageRef(text);
  if (image.registry.empty() || image.tag.empty()) std::abort();
  if (image.name.size() > size || image.digest.size() > size) std::abort();
  if (!image.digest.empty() && !text.ends_with(image.digest)) std::abort();
  return 0;
}
