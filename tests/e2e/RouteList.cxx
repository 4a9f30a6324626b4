// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <cstdlib>
#include <string>

#include "agent/AgentCore.hxx"

namespace {

class NoController final : public lookout::HealthSource {
 public:
  lookout::ControllerState GetControllerState() const override { return lookout::ControllerState::NotApplicable; }
};

void Print(const std::string &folder, lookout::Adapter adapter) {
  lookout::Config config;
  config.adapter = adapter;
  config.docker_socket = folder + "/docker.sock";
  config.state_directory = folder;
  config.stacks_dir = folder;
  const lookout::SystemClock clock;
  lookout::EventLoop loop(clock);
  const NoController controller;
  const lookout::AgentCore core(loop, config, controller);
  for (const auto &path : core.RoutePaths()) {
    std::printf("%s %s\n", adapter == lookout::Adapter::Drydock ? "drydock" : "generic", path.c_str());
  }
}

}  // namespace

/** Every route of the agent, a line for each adapter and path. The argument is an empty folder. */
int main(int argc, char **argv) {
  if (argc != 2) return EXIT_FAILURE;
  Print(argv[1], lookout::Adapter::Drydock);
  Print(argv[1], lookout::Adapter::Generic);
  return EXIT_SUCCESS;
}
