// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "agent/ConfigLoader.hxx"
#include "auth/TrustedProxies.hxx"

namespace lookout {

/**
 * Who may use the local listener, and what that needs: adds an error for each thing that does not fit together, for
 * each file that cannot do its job, and for a listener that would serve those who prove nothing, unless the settings
 * say that this is meant. `is_edge`: DRYDOCK_URL is set, right or wrong.
 */
void CheckAccess(LoadedConfig &loaded, bool is_edge);

/** TRUSTED_PROXIES. */
Result<TrustedProxies> ParseTrustedProxies(const Config &config);

}  // namespace lookout
