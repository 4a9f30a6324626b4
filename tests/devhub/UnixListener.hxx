// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/UniqueFd.hxx"

namespace lookout::devhub {

/** A listening, non-blocking unix socket at `path`, in place of whatever was there; throws when that fails. */
UniqueFd ListenUnix(const std::string &path);

}  // namespace lookout::devhub
