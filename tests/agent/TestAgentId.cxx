// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <filesystem>
#include <regex>

#include "agent/AgentId.hxx"
#include "tests/support/TempDir.hxx"

using namespace lookout;
using Catch::Contains;

TEST_CASE("AgentId: UUIDs have version 4, the right variant, and differ", "[agentid]") {
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  for (int i = 0; i < 64; ++i) CHECK(std::regex_match(MakeUuid(), form));
  CHECK(MakeUuid() != MakeUuid());
}

TEST_CASE("AgentId: is made once and kept in a private file", "[agentid]") {
  const TempDir directory;
  const auto state = directory.Join("state");
  const auto first = ResolveAgentId(state);
  CHECK(first.warning.empty());
  CHECK(ReadFile(state + "/agent-id") == first.id + '\n');
  CHECK(ModeOf(state + "/agent-id") == 0600);
  CHECK(ResolveAgentId(state).id == first.id);
  const auto entries = std::filesystem::directory_iterator(state);
  CHECK(std::distance(begin(entries), end(entries)) == 1);
}

TEST_CASE("AgentId: an id put there by hand is used", "[agentid]") {
  const TempDir directory;
  directory.Write("agent-id", " edge-7 \n", 0644);
  CHECK(ResolveAgentId(directory.Path()).id == "edge-7");
}

TEST_CASE("AgentId: without a place to keep it there is a warning and a random id", "[agentid]") {
  const TempDir directory;
  const auto missing = directory.Join("no/such/directory");
  const auto first = ResolveAgentId(missing);
  CHECK_THAT(first.warning, Contains(missing) && Contains("STATE_DIRECTORY"));
  CHECK(first.id.size() == 36);
  CHECK(ResolveAgentId(missing).id != first.id);
}

TEST_CASE("AgentId: a kept id that cannot be used is not overwritten", "[agentid]") {
  const TempDir directory;
  const auto path = directory.Write("agent-id", "not an id!");
  CHECK_THAT(ResolveAgentId(directory.Path()).warning, Contains(path) && Contains("remove it"));
  CHECK(ReadFile(path) == "not an id!");
}
