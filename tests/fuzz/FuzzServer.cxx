// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/ServerPlay.hxx"

/** Any requests in any pieces, answers, stalls, cuts and pauses on one inbound connection: see ServerPlay. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lookout::ServerPlay({data, size}).Run();
  return 0;
}
