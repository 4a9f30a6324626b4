// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/Ed25519PrivateKey.hxx"

/** A key that was accepted must survive being written and read again. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace lookout;
  const auto key = ParsePrivateKey({reinterpret_cast<const char *>(data), size});
  if (!key) return 0;
  const auto again = ParsePrivateKey(key->ToPem().Reveal());
  if (!again || again->PublicKey() != key->PublicKey()) std::abort();
  return 0;
}
