// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "proxy/Exchange.hxx"

namespace lookout::devhub {

/** A user of the control socket; a number that is never used again, so that it may outlive its user. */
using ClientId = uint64_t;

/** Carries lines to users of the control socket. */
class EventBus {
 public:
  virtual ~EventBus() = default;
  /** Harmless for a client that has gone. Flow::Wait: it reads too slowly; Hub::OnClientDrained follows. */
  virtual Flow Emit(ClientId client, std::string_view json) = 0;
};

}  // namespace lookout::devhub
