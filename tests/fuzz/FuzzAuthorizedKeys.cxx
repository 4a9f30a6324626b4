// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "auth/AuthorizedKeys.hxx"

/** What was accepted must be written as a line that reads back as the same key. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace lookout;
  const auto keys = AuthorizedKeys::Parse({reinterpret_cast<const char *>(data), size});
  for (const auto &[id, entry] : keys.Entries()) {
    const auto line = FormatAuthorizedKey(entry.key, "");
    if (id != entry.key.Id() || !line) std::abort();
    const auto *again = keys.Find(id);
    if (again == nullptr || AuthorizedKeys::Parse(*line).Find(id) == nullptr) std::abort();
  }
  return 0;
}
