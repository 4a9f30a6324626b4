// SPDX-License-Identifier: Apache-2.0
#include "agent/Config.hxx"

namespace lookout {

DeadlineSettings Config::Deadlines() const {
  DeadlineSettings deadlines;
  deadlines.quick = request_timeout;
  deadlines.action = long_request_timeout;
  deadlines.transfer = transfer_timeout;
  deadlines.transfer_idle = transfer_idle_timeout;
  return deadlines;
}

}  // namespace lookout
