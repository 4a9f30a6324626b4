// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/DockerEvents.hxx"

using namespace lookout;

/** What is taken for an event has what the inventory relies on, and its time can stand in a query. */
extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const auto event = ParseDockerEvent(std::string_view(reinterpret_cast<const char *>(data), size));
  if (!event) return 0;
  if (event->id.empty() || event->action.empty()) std::abort();
  if (event->time.find_first_not_of("0123456789.") != std::string::npos) std::abort();
  return 0;
}
