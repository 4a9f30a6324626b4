// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {

constexpr size_t kLongest = 800;

void Play(uint32_t seed) {
  // Named before it runs, since a fault ends the process; the line is overwritten by the next.
  static_cast<void>(std::fprintf(stderr, "\rseed %u ", seed));
  std::mt19937 random(seed);
  std::vector<uint8_t> input(1 + random() % kLongest);
  for (auto &byte : input) byte = static_cast<uint8_t>(random());
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

/** Feeds a fuzz target pseudo-random inputs, always the same: RandomRuns COUNT [FIRST_SEED]. */
int main(int argc, char **argv) {
  if (argc < 2) {
    static_cast<void>(std::fprintf(stderr, "usage: %s COUNT [FIRST_SEED]\n", argv[0]));
    return 2;
  }
  const auto count = static_cast<uint32_t>(std::strtoul(argv[1], nullptr, 10));
  const auto first = argc > 2 ? static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10)) : 0;
  for (uint32_t i = 0; i < count; ++i) Play(first + i);
  static_cast<void>(std::fprintf(stderr, "\r%u inputs\n", count));
  return 0;
}
