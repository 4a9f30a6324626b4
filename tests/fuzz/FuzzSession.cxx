// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/SessionPlay.hxx"

/** Any order of frames, answers, stalls, cuts and pauses: see SessionPlay. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  lookout::SessionPlay({data, size}).Run();
  return 0;
}
