// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string_view>

namespace lookout {

/** Sets libsodium up, once per process. Every function of auth/ that uses it calls this; others need not. */
void RequireSodium();

/** Unpredictable bytes, good enough for keys. */
void FillRandom(std::span<unsigned char> out);

/** Bytes as C libraries take them. */
inline const unsigned char *Raw(std::string_view bytes) {
  return reinterpret_cast<const unsigned char *>(bytes.data());
}

}  // namespace lookout
