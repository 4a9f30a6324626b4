// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/Secret.hxx"
#include "base/Result.hxx"

namespace lookout {

enum class ComposeOperation { Up, Down, Pull, Ps, Logs, Restart, Stop, Start };

/** "up", "down"... */
std::string_view NameOf(ComposeOperation operation);

/** Credentials for one registry, used for one operation. */
struct RegistryLogin {
  /** "https://registry.example.com", perhaps with a path. */
  std::string server;
  std::string username;
  Secret password;
};

/** What is asked of a stack; every part has passed the rules (docs/compose.md, "What is refused"). */
struct ComposeRequest {
  ComposeOperation operation = ComposeOperation::Ps;
  /** As the asker calls it: audit, messages. */
  std::string stack_name;
  /** Below STACKS_DIR; relative, without "." and "..". */
  std::string directory;
  std::vector<std::string> services;
  bool build = false;
  bool force_recreate = false;
  bool no_deps = false;
  bool remove_volumes = false;
  /** Of logs, for each service; 1 to 500. */
  int64_t tail = 100;
  bool dry_run = false;
  /** Unset: those of the last request that named some. */
  std::optional<std::map<std::string, std::string>> variables;
  /** Path below the stack's directory to content. */
  std::map<std::string, std::string> files;
  std::optional<RegistryLogin> login;
};

/** Of several faults the first is told. */
struct ComposeFault {
  /** Not even an object with the right types: the asker should hear 400. */
  bool is_malformed = false;
  std::string message;
};

struct ComposeRules {
  /** Lets stacks set HTTP_PROXY and its like. */
  bool allow_proxy_variables = false;
};

/** Reads and checks one request; nothing has been touched when it fails. */
tl::expected<ComposeRequest, ComposeFault> ParseComposeRequest(std::string_view json, const ComposeRules &rules);

/** Whether a stack may set this variable: a name of letters, digits and '_', none that steers the tools themselves. */
Result<void> CheckComposeVariable(std::string_view name, std::string_view value, const ComposeRules &rules);

/** Whether this names a place strictly below a directory, by its text alone. `what` begins the message. */
Result<void> CheckStackPath(std::string_view path, std::string_view what);

/** The file that keeps a stack's variables; requests cannot write it as one of `files`. */
inline constexpr std::string_view kComposeVariablesFile = ".env.drydock";

}  // namespace lookout
