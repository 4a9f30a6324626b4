// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/JsonValue.hxx"

namespace lookout {

/**
 * One word for the `State` object of an inspect: Docker's own (created, running, paused, restarting, removing,
 * exited, dead). Docker sets Running for paused and restarting containers too, so those are looked at first.
 *
 * A container that has ended is `exited`. The reference agent calls it `stopped`, but the controller stores
 * Docker's word whenever it inspects a container itself, and with two words the value would flip between them.
 */
std::string ContainerStatus(const JsonValue &state);

/** starting, healthy or unhealthy; "" without a health check, or for a word the controller does not know. */
std::string HealthStatus(const JsonValue &state);

}  // namespace lookout
