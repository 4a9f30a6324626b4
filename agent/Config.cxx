// SPDX-License-Identifier: Apache-2.0
#include "agent/Config.hxx"

namespace lookout {

bool Config::AsksForProof() const {
  return !token.IsEmpty() || !token_hash.IsEmpty() || !authorized_keys.empty() || !tls_client_ca.empty();
}

DeadlineSettings Config::Deadlines() const {
  DeadlineSettings deadlines;
  deadlines.quick = request_timeout;
  deadlines.action = long_request_timeout;
  deadlines.transfer = transfer_timeout;
  deadlines.transfer_idle = transfer_idle_timeout;
  return deadlines;
}

}  // namespace lookout
