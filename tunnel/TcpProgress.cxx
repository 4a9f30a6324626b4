// SPDX-License-Identifier: Apache-2.0
#include "tunnel/TcpProgress.hxx"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace lookout {

TcpProgress::Change TcpProgress::Look(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) < 0) return {};
  const Change change{info.tcpi_bytes_received > received_, info.tcpi_bytes_acked > acknowledged_};
  received_ = info.tcpi_bytes_received;
  acknowledged_ = info.tcpi_bytes_acked;
  return change;
}

}  // namespace lookout
