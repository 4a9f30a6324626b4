// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>

#include "agent/ConfigLoader.hxx"
#include "agent/Instance.hxx"
#include "base/Log.hxx"

/**
 * The agent with delays between attempts that its settings do not allow, for tests that connect a thousand times.
 * Nothing else about it differs.
 */
int main() {
  using namespace lookout;
  const ConfigSources sources{&std::getenv};
  auto loaded = LoadConfig(sources);
  for (const auto &error : loaded.errors) static_cast<void>(std::fprintf(stderr, "%s\n", error.c_str()));
  if (!loaded.errors.empty()) return EXIT_FAILURE;
  loaded.config.reconnect_delay = std::chrono::milliseconds(1);
  loaded.config.max_reconnect_delay = std::chrono::milliseconds(2);
  ConfigureLog(loaded.config.log_level, loaded.config.log_format);
  return RunAgent(std::move(loaded.config), sources);
}
