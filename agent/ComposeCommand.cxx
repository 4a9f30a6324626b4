// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeCommand.hxx"

#include <fmt/core.h>

namespace lookout {

namespace {

using Arguments = std::vector<std::string>;

void AddUpFlags(const ComposeRequest &request, Arguments &arguments) {
  arguments.insert(arguments.end(), {"-d", "--remove-orphans"});
  if (request.build) arguments.emplace_back("--build");
  if (request.force_recreate) arguments.emplace_back("--force-recreate");
  if (request.no_deps) arguments.emplace_back("--no-deps");
}

void AddFlags(const ComposeTool &tool, const ComposeRequest &request, Arguments &arguments) {
  switch (request.operation) {
    case ComposeOperation::Up: return AddUpFlags(request, arguments);
    case ComposeOperation::Down:
      arguments.emplace_back("--remove-orphans");
      if (request.remove_volumes) arguments.emplace_back("--volumes");
      return;
    case ComposeOperation::Ps:
      if (!tool.IsFirstGeneration()) arguments.insert(arguments.end(), {"--format", "json"});
      return;
    case ComposeOperation::Logs:
      arguments.insert(arguments.end(), {"--no-color", "--tail", std::to_string(request.tail)});
      return;
    case ComposeOperation::Pull:
    case ComposeOperation::Restart:
    case ComposeOperation::Stop:
    case ComposeOperation::Start: return;
  }
}

/** down and ps are about the whole stack. */
bool TakesServices(ComposeOperation operation) {
  return operation != ComposeOperation::Down && operation != ComposeOperation::Ps;
}

Arguments MakeArguments(const ComposeTool &tool, const ComposeRequest &request, const std::string &stack_directory) {
  Arguments arguments = tool.command;
  arguments.insert(arguments.end(), {"--ansi", "never", "--project-directory", stack_directory});
  if (request.dry_run) {
    arguments.emplace_back("config");
    return arguments;
  }
  arguments.emplace_back(NameOf(request.operation));
  AddFlags(tool, request, arguments);
  if (TakesServices(request.operation)) {
    arguments.insert(arguments.end(), request.services.begin(), request.services.end());
  }
  return arguments;
}

Arguments MakeEnvironment(const StackVariables &variables, const ComposeHost &host) {
  Arguments environment = {
      "PATH=" + host.path,
      "HOME=" + host.scratch,
      "LC_ALL=C.UTF-8",
      "DOCKER_CONFIG=" + host.scratch,
      "DOCKER_HOST=unix://" + host.docker_socket,
      // Pull progress without terminal tricks, and no news of other versions.
      "COMPOSE_PROGRESS=plain",
      "DOCKER_CLI_HINTS=false",
  };
  if (!host.docker_api_version.empty()) {
    environment.push_back("DOCKER_API_VERSION=" + host.docker_api_version);
    environment.push_back("COMPOSE_API_VERSION=" + host.docker_api_version);
  }
  for (const auto &[name, value] : variables) environment.push_back(fmt::format("{}={}", name, value));
  return environment;
}

}  // namespace

ChildCommand MakeComposeCommand(const ComposeTool &tool, const ComposeRequest &request,
                                const std::string &stack_directory, const StackVariables &variables,
                                const ComposeHost &host) {
  return {MakeArguments(tool, request, stack_directory), MakeEnvironment(variables, host), stack_directory, ""};
}

std::chrono::milliseconds ComposeLimit(const DeadlineSettings &deadlines, const ComposeRequest &request) {
  if (request.dry_run) return deadlines.quick;
  switch (request.operation) {
    case ComposeOperation::Ps:
    case ComposeOperation::Logs: return deadlines.quick;
    case ComposeOperation::Up:
    case ComposeOperation::Pull: return deadlines.transfer;
    case ComposeOperation::Down:
    case ComposeOperation::Restart:
    case ComposeOperation::Stop:
    case ComposeOperation::Start: break;
  }
  return deadlines.action;
}

}  // namespace lookout
