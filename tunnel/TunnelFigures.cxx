// SPDX-License-Identifier: Apache-2.0
#include "tunnel/TunnelFigures.hxx"

namespace lookout {

void TunnelFigures::AddTotals(const TunnelFigures &ended) {
  received.Add(ended.received);
  sent.Add(ended.sent);
  stream_waits += ended.stream_waits;
  requests.begun += ended.requests.begun;
  streams.begun += ended.streams.begun;
  calls.begun += ended.calls.begun;
  execs.begun += ended.execs.begun;
  log_streams.begun += ended.log_streams.begun;
}

}  // namespace lookout
