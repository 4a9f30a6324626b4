// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lookout {

/** The first parameter of that name in a query ("a=1&b=%20"), decoded; nullopt when there is none. */
std::optional<std::string> FindQueryParameter(std::string_view query, std::string_view name);

/** Read as Docker reads a flag: "", "0", "no", "false" and "none" are false, anything else is true. */
bool IsDockerTrue(std::string_view value);

/** The path without an API version in front ("/v1.41/info" -> "/info"). */
std::string_view StripApiVersion(std::string_view path);

}  // namespace lookout
