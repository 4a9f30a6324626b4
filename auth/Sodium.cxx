// SPDX-License-Identifier: Apache-2.0
#include "auth/Sodium.hxx"

#include <sodium.h>

#include <stdexcept>

namespace lookout {

void RequireSodium() {
  static const bool ready = sodium_init() >= 0;
  if (!ready) throw std::runtime_error("libsodium cannot start: the system gives no random numbers");
}

void FillRandom(std::span<unsigned char> out) {
  RequireSodium();
  randombytes_buf(out.data(), out.size());
}

}  // namespace lookout
