// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "agent/ConfigLoader.hxx"

namespace lookout {

/** Fills in what depends on the host and on other settings: secrets from files, name, address, engine socket. */
void CompleteConfig(LoadedConfig &loaded, const std::function<const char *(const char *name)> &environment);

/** Adds an error for each thing that does not fit together, and for each file that cannot do its job. */
void CheckConfig(LoadedConfig &loaded);

}  // namespace lookout
