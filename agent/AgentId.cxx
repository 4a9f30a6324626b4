// SPDX-License-Identifier: Apache-2.0
#include "agent/AgentId.hxx"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agent/SettingCodec.hxx"
#include "auth/CredentialFile.hxx"
#include "auth/Nonce.hxx"
#include "base/Strings.hxx"

namespace lookout {

namespace {

std::string PathOf(const std::string &state_directory) {
  return state_directory + "/agent-id";
}

Result<void> Keep(const std::string &state_directory, const std::string &id) {
  ::mkdir(state_directory.c_str(), 0750);
  return ReplaceCredentialFile(PathOf(state_directory), id + '\n');
}

}  // namespace

std::string MakeUuid() {
  auto hex = MakeNonce();
  hex[12] = '4';
  hex[16] = "89ab"[(hex[16] < 'a' ? hex[16] - '0' : hex[16] - 'a' + 10) & 3];
  return fmt::format("{:.8}-{:.4}-{:.4}-{:.4}-{:.12}", hex, hex.substr(8), hex.substr(12), hex.substr(16),
                     hex.substr(20));
}

Result<std::optional<std::string>> ReadKeptAgentId(const std::string &state_directory) {
  const auto path = PathOf(state_directory);
  if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::nullopt;
  const auto content = ReadTrustedFile(path, kCredentialFileLimit);
  if (!content) return tl::unexpected(content.error());
  auto id = AgentIdCodec::Read(Trim(content->Reveal()), {});
  if (!id) return Fail(fmt::format("'{}' does not hold an agent's id; remove it", path));
  return std::optional(std::move(*id));
}

ResolvedAgentId ResolveAgentId(const std::string &state_directory) {
  const auto kept = ReadKeptAgentId(state_directory);
  if (kept && *kept) return {**kept, {}};
  auto id = MakeUuid();
  const auto written = kept ? Keep(state_directory, id) : Result<void>(tl::unexpected(kept.error()));
  if (written) return {std::move(id), {}};
  return {std::move(id), fmt::format("the agent's id is not kept, so the controller will see another agent after a "
                                     "restart: {}; set AGENT_ID, or STATE_DIRECTORY to a directory that can be written",
                                     written.error().message)};
}

}  // namespace lookout
