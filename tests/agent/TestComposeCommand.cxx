// SPDX-License-Identifier: Apache-2.0
#include "agent/ComposeCommand.hxx"

#include <catch2/catch.hpp>

using namespace lookout;

namespace {

const ComposeTool kSecond{{"/usr/bin/docker", "compose"}, "2.27.1"};
const ComposeTool kFirst{{"/usr/bin/docker-compose"}, "1.29.2"};

std::string Line(const ComposeRequest &request, const ComposeTool &tool = kSecond) {
  const auto command =
      MakeComposeCommand(tool, request, "/data/stacks/app", {}, {"/s.sock", "1.41", "/bin", "/scratch"});
  std::string line;
  for (const auto &argument : command.arguments) line += (line.empty() ? "" : " ") + argument;
  CHECK(command.directory == "/data/stacks/app");
  return line;
}

ComposeRequest Ask(ComposeOperation operation) {
  ComposeRequest request;
  request.operation = operation;
  request.services = {"web", "db"};
  return request;
}

}  // namespace

TEST_CASE("ComposeCommand: the words of each operation", "[compose]") {
  const std::string front = "/usr/bin/docker compose --ansi never --project-directory /data/stacks/app ";
  auto up = Ask(ComposeOperation::Up);
  CHECK(Line(up) == front + "up -d --remove-orphans web db");
  up.build = up.force_recreate = up.no_deps = true;
  CHECK(Line(up) == front + "up -d --remove-orphans --build --force-recreate --no-deps web db");
  auto down = Ask(ComposeOperation::Down);
  CHECK(Line(down) == front + "down --remove-orphans");
  down.remove_volumes = true;
  CHECK(Line(down) == front + "down --remove-orphans --volumes");
  CHECK(Line(Ask(ComposeOperation::Pull)) == front + "pull web db");
  CHECK(Line(Ask(ComposeOperation::Ps)) == front + "ps --format json");
  CHECK(Line(Ask(ComposeOperation::Logs)) == front + "logs --no-color --tail 100 web db");
  CHECK(Line(Ask(ComposeOperation::Restart)) == front + "restart web db");
  CHECK(Line(Ask(ComposeOperation::Stop)) == front + "stop web db");
  CHECK(Line(Ask(ComposeOperation::Start)) == front + "start web db");
  up.dry_run = true;
  CHECK(Line(up) == front + "config");
}

TEST_CASE("ComposeCommand: the first generation has no JSON", "[compose]") {
  CHECK(Line(Ask(ComposeOperation::Ps), kFirst) ==
        "/usr/bin/docker-compose --ansi never --project-directory /data/stacks/app ps");
}

TEST_CASE("ComposeCommand: the environment is made, not inherited", "[compose]") {
  ::setenv("TOKEN", "planted", 1);
  const auto command = MakeComposeCommand(kSecond, Ask(ComposeOperation::Up), "/d", {{"TAG", "a b"}, {"X", "$Y"}},
                                          {"/run/d.sock", "1.41", "/usr/bin:/bin", "/dev/shm/s"});
  ::unsetenv("TOKEN");
  const auto has = [&command](std::string_view entry) {
    return std::count(command.environment.begin(), command.environment.end(), entry) == 1;
  };
  CHECK(has("PATH=/usr/bin:/bin"));
  CHECK(has("HOME=/dev/shm/s"));
  CHECK(has("DOCKER_CONFIG=/dev/shm/s"));
  CHECK(has("DOCKER_HOST=unix:///run/d.sock"));
  CHECK(has("DOCKER_API_VERSION=1.41"));
  CHECK(has("TAG=a b"));
  CHECK(has("X=$Y"));
  for (const auto &entry : command.environment) CHECK(entry.find("planted") == std::string::npos);
}

TEST_CASE("ComposeCommand: each operation has its time", "[compose]") {
  DeadlineSettings deadlines;
  CHECK(ComposeLimit(deadlines, Ask(ComposeOperation::Up)) == deadlines.transfer);
  CHECK(ComposeLimit(deadlines, Ask(ComposeOperation::Pull)) == deadlines.transfer);
  CHECK(ComposeLimit(deadlines, Ask(ComposeOperation::Down)) == deadlines.action);
  CHECK(ComposeLimit(deadlines, Ask(ComposeOperation::Ps)) == deadlines.quick);
  auto dry = Ask(ComposeOperation::Up);
  dry.dry_run = true;
  CHECK(ComposeLimit(deadlines, dry) == deadlines.quick);
}
