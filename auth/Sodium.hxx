// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace lookout {

/** Sets libsodium up, once per process. Every function of auth/ that uses it calls this; others need not. */
void RequireSodium();

/** Bytes as C libraries take them. */
inline const unsigned char *Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char *>(bytes.data());
}

}  // namespace lookout
