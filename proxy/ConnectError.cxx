// SPDX-License-Identifier: Apache-2.0
#include "proxy/ConnectError.hxx"

#include <cerrno>
#include <cstring>

namespace lookout {

std::string DescribeConnectError(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR: return "the socket does not exist; is dockerd running, and is DOCKER_SOCKET right?";
    case EACCES:
    case EPERM:
      return "permission denied; add the user that runs this agent to the group that owns the socket "
             "(usually: usermod -aG docker USER) and restart the agent";
    case ECONNREFUSED: return "nobody listens on the socket; is dockerd running (systemctl status docker)?";
    case EAGAIN:
    case ENOTCONN: return "the engine does not accept connections fast enough; it is overloaded or stopped";
    default: return error == 0 ? "no connection" : std::strerror(error);
  }
}

}  // namespace lookout
