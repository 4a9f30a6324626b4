// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace lookout {

/**
 * The places where engines put their sockets, best first: Docker's own, rootless Docker, Docker Desktop, OrbStack,
 * rootless Podman, Podman. Those below an unset variable (HOME, XDG_RUNTIME_DIR) are left out.
 */
std::vector<std::string> DockerSocketCandidates(const std::function<const char *(const char *name)> &environment);

/** The first candidate that is a socket we may use; else the first that is a socket; else /var/run/docker.sock. */
std::string DetectDockerSocket(const std::function<const char *(const char *name)> &environment);

}  // namespace lookout
