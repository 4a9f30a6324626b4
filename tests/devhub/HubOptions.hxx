// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace lookout::devhub {

/** The controller's limits; each can be changed by a flag, for tests that cannot wait that long. */
struct HubLimits {
  std::chrono::milliseconds hello{30'000};
  std::chrono::milliseconds ping{30'000};
  /** Without a pong for that long, at the time of a ping, the session is dead. */
  std::chrono::milliseconds dead{60'000};
  /** From a request to its whole answer. */
  std::chrono::milliseconds request{30'000};
  /** Longest silence within a streamed answer. */
  std::chrono::milliseconds stream_idle{30'000};
  size_t message = 16 * 1024 * 1024;
  size_t pending = 100;
  size_t stream = 100 * 1024 * 1024;
  size_t execs = 100;
  size_t receive_buffer = 0;       // of each agent's socket; 0: as the kernel likes
  size_t hellos_per_minute = 200;  // for each key
};

struct HubOptions {
  std::string host = "127.0.0.1";
  int port = 0;
  std::string dir;              // where the sockets go
  std::string authorized_keys;  // file
  std::string cert_file;
  std::string key_file;
  int64_t poll_interval = 300;  // seconds, for the welcome
  std::chrono::seconds clock_offset{0};
  bool verbose = false;
  bool help = false;
  HubLimits limits;
};

/** Throws std::runtime_error for a wrong command line. */
HubOptions ParseHubOptions(int argc, char **argv);

extern const char *const kHubUsage;

}  // namespace lookout::devhub
