// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "auth/Dialect.hxx"

namespace lookout {

/** The one watcher that this agent advertises, as JSON (docs/protocol.md, "Containers"). */
std::string DescribeWatcher(const Dialect &dialect);

/** Does this name it? Case does not matter. */
bool IsOurWatcher(std::string_view type, std::string_view name);

}  // namespace lookout
