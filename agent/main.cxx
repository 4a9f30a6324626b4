// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

#include "agent/AgentId.hxx"
#include "agent/CheckConfig.hxx"
#include "agent/CommandLine.hxx"
#include "agent/Connect.hxx"
#include "agent/HashToken.hxx"
#include "agent/HealthCommand.hxx"
#include "agent/Instance.hxx"
#include "agent/Keygen.hxx"
#include "agent/RunMcp.hxx"
#include "base/Log.hxx"
#include "base/Version.hxx"

using namespace lookout;

namespace {

int RunVersion() {
  fmt::print("{}\n", ProductVersion());
  return EXIT_SUCCESS;
}

/** Loads and checks everything, then hands over to the agent. */
int StartAgent(const ConfigSources &sources) {
  auto loaded = LoadConfig(sources);
  if (!ReportConfigProblems(loaded)) return kExitConfig;
  auto &config = loaded.config;
  ConfigureLog(config.log_level, config.log_format);
  if (config.agent_id.empty()) {
    auto resolved = ResolveAgentId(config.state_directory);
    if (!resolved.warning.empty()) LogWarning(resolved.warning);
    config.agent_id = std::move(resolved.id);
  }
  return RunAgent(std::move(config), sources);
}

int RunCommand(const Command &command) {
  const ConfigSources sources{&std::getenv, command.config_file, command.is_config_file_given};
  switch (command.kind) {
    case Command::Kind::Run: return StartAgent(sources);
    case Command::Kind::Version: return RunVersion();
    case Command::Kind::Keygen: return RunKeygen(command.keygen);
    case Command::Kind::Mcp: return RunMcp(sources);
    case Command::Kind::HashToken: return RunHashToken();
    case Command::Kind::Connect: return RunConnect(command.connect);
    case Command::Kind::CheckConfig: return RunCheckConfig(sources);
    case Command::Kind::Health: return RunHealth(sources, command.wants_readiness);
    case Command::Kind::VerifyRelease: return RunVerifyRelease(command.verify_release);
    case Command::Kind::Help: fmt::print("{}", command.text); return EXIT_SUCCESS;
    case Command::Kind::WrongUsage: fmt::print(stderr, "{}", command.text); return kExitUsage;
  }
  return kExitUsage;
}

}  // namespace

int main(int argc, char **argv) try {
  return RunCommand(ParseCommandLine(argc, argv));
} catch (const std::bad_alloc &) {
  // Nothing is allocated on the way out.
  static_cast<void>(std::fputs(
      "lookout: error: out of memory; raise the limit on it (MemoryMax, ulimit -v) or give the host more\n", stderr));
  return EXIT_FAILURE;
} catch (const std::exception &error) {
  fmt::print(stderr, "lookout: error: {}\n", error.what());
  return EXIT_FAILURE;
}
