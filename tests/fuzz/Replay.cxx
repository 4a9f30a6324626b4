// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

namespace {

void Replay(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  const std::string input{std::istreambuf_iterator<char>(file), {}};
  // Named before it runs, since a fault ends the process.
  static_cast<void>(std::printf("%s, %zu bytes\n", path.filename().c_str(), input.size()));
  static_cast<void>(std::fflush(stdout));
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(input.data()), input.size());
}

int ReplayFolder(const char *folder) {
  size_t inputs = 0;
  for (const auto &entry : std::filesystem::directory_iterator(folder)) {
    Replay(entry.path());
    ++inputs;
  }
  if (inputs > 0) return 0;
  static_cast<void>(std::fprintf(stderr, "no seeds in %s\n", folder));
  return 1;
}

}  // namespace

/** Feeds every file of a folder to the fuzz target it is linked with. */
int main(int argc, char **argv) {
  if (argc != 2) {
    static_cast<void>(std::fprintf(stderr, "usage: %s FOLDER\n", argv[0]));
    return 2;
  }
  try {
    return ReplayFolder(argv[1]);
  } catch (const std::exception &error) {
    static_cast<void>(std::fprintf(stderr, "%s\n", error.what()));
    return 1;
  }
}
