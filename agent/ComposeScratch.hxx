// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "agent/ComposeRequest.hxx"

namespace lookout {

/**
 * A directory for one compose operation: the tool's DOCKER_CONFIG, with the registry's credentials when there are
 * some. It lies in memory (tmpfs), only we can enter it, and it is removed with everything in it at the end.
 */
class ComposeScratch {
 public:
  /**
   * In $RUNTIME_DIRECTORY if that is in memory, else in /dev/shm or /run. Throws std::runtime_error when there is no
   * such place that we can write.
   */
  explicit ComposeScratch(const std::optional<RegistryLogin> &login);
  ~ComposeScratch();
  ComposeScratch(const ComposeScratch &) = delete;
  ComposeScratch &operator=(const ComposeScratch &) = delete;

  /** Removes what processes of ours have left behind that could not end in good order. For the start of the agent. */
  static void RemoveLeftOvers();

  const std::string &Path() const { return path_; }

 private:
  std::string path_;
};

/** The config.json that the docker tools read: {"auths":{"registry.example.com":{"auth":"..."}}}. */
std::string FormatDockerConfig(const RegistryLogin &login);

}  // namespace lookout
