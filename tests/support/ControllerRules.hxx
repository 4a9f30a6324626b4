// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace lookout {

/**
 * What the controller would say to a container in the nested form: "" when it accepts it, else the first rule that
 * is broken (a container that breaks one is dropped there).
 */
std::string CheckControllerRules(std::string_view container);

}  // namespace lookout
