// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/ConfigLoader.hxx"
#include "agent/VerifyRelease.hxx"

namespace lookout {

/** Exit codes of sysexits.h, so that a service manager can tell what a restart will not mend. */
inline constexpr int kExitUsage = 64;
inline constexpr int kExitConfig = 78;

struct KeygenOptions {
  std::string comment;
  /** "" is standard output. */
  std::string out;
  /** Not empty: no new key; the public line of the one in this file. */
  std::string pub_from;
};

struct ConnectOptions {
  std::string url;
  std::string key_file;
  std::string token_file;
  std::string certificate_file;
  std::string certificate_key_file;
  /** "" is the system's CAs. */
  std::string ca_file;
  /** "" is lookout.sock in XDG_RUNTIME_DIR. */
  std::string listen;
};

/** What the user asked for. */
struct Command {
  enum class Kind {
    Run,
    Version,
    Keygen,
    HashToken,
    Mcp,
    CheckConfig,
    Connect,
    Health,
    VerifyRelease,
    Help,
    WrongUsage
  };

  Kind kind = Kind::Run;
  KeygenOptions keygen;
  ConnectOptions connect;
  VerifyReleaseOptions verify_release;
  /** Health: /ready instead of /health. */
  bool wants_readiness = false;
  /** From --config, for Run, Mcp, CheckConfig and Health. */
  std::string config_file{kDefaultConfigFile};
  bool is_config_file_given = false;
  /** For Help (to standard output) and WrongUsage (to standard error). */
  std::string text;
};

/**
 * Reads the arguments. Whatever is not understood is WrongUsage, never a start. Keygen's options are also taken with
 * a single dash, as scripts for the reference agent write them.
 */
Command ParseCommandLine(int argc, const char *const *argv);

}  // namespace lookout
