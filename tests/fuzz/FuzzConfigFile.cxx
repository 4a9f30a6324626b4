// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/ConfigFile.hxx"
#include "agent/Setting.hxx"

/** Keys are known and stand there once; every value can be given to its setting without harm. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  using namespace lookout;
  const auto file = ParseConfigFile({reinterpret_cast<const char *>(data), size});
  Config config;
  size_t last_line = 0;
  for (const auto &line : file.lines) {
    const Setting *setting = FindSetting(line.key);
    if (setting == nullptr || line.number <= last_line) std::abort();
    last_line = line.number;
    if (line.value.empty() || !setting->binding.read(line.value, setting->range, config)) continue;
    const auto shown = setting->binding.show(config);
    if (setting->binding.is_secret && shown != "(hidden)") std::abort();
  }
  return 0;
}
