// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "agent/ConfigLoader.hxx"

namespace lookout {

/**
 * Secrets that the service manager hands over as files in $CREDENTIALS_DIRECTORY (systemd.exec(5), LoadCredential=):
 * settings for such files that have no value take the credential of their name, as PRIVATE_KEY_FILE takes
 * lookout_private-key. All names are in docs/configuration.md.
 */
void UseServiceCredentials(LoadedConfig &loaded, const std::function<const char *(const char *name)> &environment);

}  // namespace lookout
