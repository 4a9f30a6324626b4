// SPDX-License-Identifier: Apache-2.0
#include "proxy/UnixConnector.hxx"

#include <cerrno>

#include "proxy/ConnectError.hxx"
#include "proxy/Limits.hxx"
#include "proxy/SocketStream.hxx"
#include "proxy/UnixSocket.hxx"

namespace lookout {

UnixConnector::UnixConnector(EventLoop &loop, std::string path)
    : loop_(loop), path_(std::move(path)), retry_(loop, [this] { Try(); }) {}

void UnixConnector::Connect(std::function<void(Outcome)> on_done) {
  on_done_ = std::move(on_done);
  Try();
}

std::string UnixConnector::WaitingFor() const {
  return DescribeConnectError(EAGAIN);
}

void UnixConnector::Try() {
  auto connect = ConnectUnixSocket(path_);
  if (connect.error == EAGAIN) return retry_.Arm(kConnectRetry);
  if (connect.error != 0) {
    return on_done_(tl::unexpected(Failure{Failure::Kind::Unreachable, DescribeConnectError(connect.error)}));
  }
  on_done_(std::make_unique<SocketStream>(loop_, std::move(connect.socket)));
}

}  // namespace lookout
