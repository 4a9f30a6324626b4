// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace lookout {

/**
 * Whether the answer to this target crosses the tunnel as a stream of frames or as one response. Nothing on the
 * wire says so: controller and agent decide separately and must agree, or the call hangs on the other side. So
 * this is the controller's own rule, its gaps included: the path (the target up to '?') ends with /logs, /attach,
 * /events, /build, /images/create or /images/push, or it holds /exec/ and ends with /start. Case matters; what
 * the query says does not.
 *
 * Not streams, although Docker sends them bit by bit: /images/NAME/push, /containers/ID/stats, /attach/ws.
 */
bool IsStreamingTarget(std::string_view target);

}  // namespace lookout
